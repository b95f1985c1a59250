#pragma once
// Configuration and store -> the picture the gateway works from (gateway/catalogue.h), and the limits of every scope.
// Done at start and on every reload.
#include <memory>
#include <vector>

#include "app/store.h"
#include "config/config.h"
#include "gateway/accounting.h"
#include "gateway/catalogue.h"

namespace ktl::app {

struct ScopeLimits {
  ScopeId scope;
  ScopeKind kind;
  quota::Limits limits;
};

struct BuiltCatalogue {
  std::shared_ptr<const gateway::Catalogue> catalogue;
  std::vector<ScopeLimits> limits;
};

// `upstreams` in the order of config.upstreams. Error: the store cannot give a scope its number.
Result<BuiltCatalogue> build_catalogue(const config::Config& config, Store& store,
                                       const std::vector<upstream::Upstream*>& upstreams);

}  // namespace ktl::app

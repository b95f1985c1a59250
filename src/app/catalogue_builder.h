#pragma once
// Configuration and store -> the picture the gateway works from (gateway/catalogue.h), and the limits of every scope.
// Done at start and on every reload.
#include <memory>
#include <vector>

#include "app/counting/tokenizers.h"
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

// A counter that follows what its engines do with a prompt, and those engines.
struct FollowingCounter {
  std::shared_ptr<prompt::ExactCounter> counter;
  std::vector<upstream::Upstream*> upstreams;
};

struct BuiltCatalogue {
  std::shared_ptr<const gateway::Catalogue> catalogue;
  std::vector<ScopeLimits> limits;
  std::vector<FollowingCounter> counters;
  std::vector<std::string> estimated;  // models whose prompts are estimated, and why; for the log
  std::int64_t people_version = 0;     // of the store's users, keys, groups and limits that went in
};

// `upstreams` in the order of config.upstreams. Error: the store cannot give a scope its number.
Result<BuiltCatalogue> build_catalogue(const config::Config& config, Store& store,
                                       const std::vector<upstream::Upstream*>& upstreams, Tokenizers& tokenizers,
                                       gateway::Metrics& metrics);

}  // namespace ktl::app

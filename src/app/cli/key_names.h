#pragma once
// What may be shown of a key that the store knows by the hex digits of its digest: the name it was given, its mask, or
// the first digits ("sha256:1a2b3c…"). Never the key, never the whole digest.
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "storage/identity_store.h"

namespace ktl::app {

class KeyNames {
 public:
  explicit KeyNames(const config::Config& config);

  // Takes over the names that `store` has for its keys. What the configuration says comes first.
  Result<void> learn(storage::IdentityStore& store);

  // `label`: the name that the store has for it, or "" if there is none or it was learnt.
  std::string shown(std::string_view digest, std::string_view label = {}) const;

 private:
  std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace ktl::app

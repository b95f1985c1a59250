#include "app/cli/key_names.h"

#include "identity/api_key.h"

namespace ktl::app {

KeyNames::KeyNames(const config::Config& config) {
  for (const auto& key : config.api_keys)
    known_[identity::hex_of(key.digest)] = key.label.empty() ? key.mask : key.label;
}

Result<void> KeyNames::learn(storage::IdentityStore& store) {
  const auto keys = store.keys();
  if (!keys) return tl::unexpected(keys.error());
  for (const storage::KeyRow& key : *keys)
    if (!key.label.empty()) known_.try_emplace(identity::hex_of(key.digest), key.label);
  return {};
}

std::string KeyNames::shown(std::string_view digest, std::string_view label) const {
  if (digest.empty()) return {};
  if (const auto known = known_.find(digest); known != known_.end()) return known->second;
  return label.empty() ? "sha256:" + std::string(digest.substr(0, 6)) + "…" : std::string(label);
}

}  // namespace ktl::app

#include "app/cli/key_names.h"

#include <algorithm>

#include "base/text.h"

namespace ktl::app {

KeyNames::KeyNames(const config::Config& config) {
  for (const auto& key : config.api_keys) {
    const std::string_view bytes(reinterpret_cast<const char*>(key.digest.data()), key.digest.size());
    configured_[to_hex(bytes)] = key.label.empty() ? key.mask : key.label;
  }
}

std::string KeyNames::shown(std::string_view digest, std::string_view label) const {
  if (digest.empty()) return {};
  if (const auto known = configured_.find(digest); known != configured_.end()) return known->second;
  return label.empty() ? "sha256:" + std::string(digest.substr(0, 6)) + "…" : std::string(label);
}

std::string KeyNames::shown(std::string_view digest, storage::SqliteFile& store) const {
  const auto bytes = from_hex(digest);
  identity::KeyDigest found{};
  if (!bytes || bytes->size() != found.size()) return shown(digest, std::string_view());
  std::copy(bytes->begin(), bytes->end(), found.begin());
  return shown(digest, store.key_label(found).value_or(std::string()));
}

}  // namespace ktl::app

#pragma once
// Who may ask, and on whose account. An immutable picture of all keys, users and groups at one moment; a reload builds
// a new one and swaps the shared_ptr, so running requests keep the one they started with.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/place_table.h"

namespace ktl::identity {

using KeyDigest = std::array<unsigned char, 32>;  // SHA-256 of the API key; keys themselves are never kept

// SHA-256 of the raw key text.
KeyDigest digest_of(std::string_view api_key);

// One key's owner, resolved. Its requests are charged to the key, the user, then the user's groups (the gateway adds
// model and global). The names stand elsewhere, in what lives as long as the picture: there may be a million of these.
struct Principal {
  ScopeId key = ScopeId::none;
  ScopeId user = ScopeId::none;
  std::string_view key_name;  // a label that may be shown: never the key. Its given name, or "sk-user1…def"
  std::string_view user_name;  // any Unicode
  std::vector<ScopeId> groups;
  std::vector<std::string> allowed_models;  // empty: all
  bool admin = false;
  std::optional<WallTime> expires_at{};  // the first instant at which the key is none any more

  bool expired(WallTime now) const { return expires_at && *expires_at <= now; }
};

class Directory {
 public:
  struct KeyEntry {
    KeyDigest digest;
    Principal principal;
  };
  // If two entries have the same digest, the first one counts.
  explicit Directory(std::vector<KeyEntry> keys);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // The owner of `api_key`, or nullptr. Looks the digest up, then compares all 32 bytes in constant time.
  const Principal* find(const KeyDigest& digest) const;

  // The owner of the key with that scope, or nullptr. Looks at all keys: not for the path of ordinary requests.
  const Principal* owner_of(ScopeId key) const;

  // Any key's principal of that user (for /stats by name), or nullptr. Exact match of the UTF-8 bytes.
  const Principal* user(std::string_view user_name) const;

  std::span<const KeyEntry> keys() const { return keys_; }

 private:
  std::vector<KeyEntry> keys_;
  PlaceTable by_digest_;
  PlaceTable by_user_;
};

}  // namespace ktl::identity

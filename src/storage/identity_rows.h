#pragma once
// Users, keys and bans as a store keeps them, beside those of the configuration.
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "identity/api_key.h"
#include "quota/limits.h"

namespace ktl::storage {

struct ScopeRow {
  ScopeId id = ScopeId::none;
  ScopeKind kind = ScopeKind::user;
  std::string name;
};

struct UserRow {
  ScopeId scope = ScopeId::none;  // given by the store
  std::string name;
  std::string description;
  quota::Limits limits;
  WallTime created_at{};
  bool disabled = false;
};

struct KeyRow {
  identity::KeyDigest digest{};
  ScopeId scope = ScopeId::none;       // given by the store: scope(key, hex of the digest)
  ScopeId user_scope = ScopeId::none;  // given by the store
  std::string user_name;
  std::string label;
  std::vector<std::string> allowed_models;  // empty: all
  bool admin = false;
  WallTime created_at{};
  bool disabled = false;
};

struct BanRow {
  ScopeId scope = ScopeId::none;
  WallTime until{};
  std::string reason;
  bool manual = false;
};

}  // namespace ktl::storage

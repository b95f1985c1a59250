#pragma once
// Users, keys, groups, limits and bans as a store keeps them, beside those of the configuration, and the log of who
// changed them.
#include <optional>
#include <string>
#include <variant>
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
  quota::Limits limits;  // given when it was made; a LimitsRow of the user takes their place
  WallTime created_at{};
  bool disabled = false;
  std::vector<std::string> allowed_models{};  // empty: all
  bool edited = false;  // of a user of the configuration: description and models count, not only that it is disabled
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
  bool revoked = false;                  // for ever
  std::string mask{};                    // what may be shown of it; empty: made before masks were kept
  std::optional<WallTime> expires_at{};  // the first instant at which it is no key any more
  std::string replaced_by{};             // hex of a digest: the key that it was rotated to
};

struct GroupRow {
  std::string name;
  std::string description;
  std::vector<std::string> users;  // by name
  WallTime created_at{};
};

// What an admin said about a scope's limits, over the configuration. A key by the hex digits of its digest, the global
// scope by the empty name.
struct LimitsRow {
  ScopeKind kind = ScopeKind::user;
  std::string name;
  quota::LimitChoices limits;
};

struct BanRow {
  ScopeId scope = ScopeId::none;
  WallTime until{};
  std::string reason;
  bool manual = false;
};

struct RemovedUser {
  std::string name;  // its keys go with it
};
struct RemovedGroup {
  std::string name;
};
struct LiftedBan {
  ScopeId scope = ScopeId::none;
};

// One thing that is written: added, or put in the place of what had its name. A LimitsRow that says nothing is removed.
using Edit = std::variant<UserRow, KeyRow, GroupRow, LimitsRow, BanRow, RemovedUser, RemovedGroup, LiftedBan>;

// One entry of the log of changes. `before` and `after` are JSON, or empty.
struct AuditRow {
  std::string id{};  // given by the store; sorts as the store wrote them
  WallTime at{};
  std::string who;     // an admin key by its mask, or "cli:<name>"
  std::string action;  // "limits.set"
  std::string target;  // "user:사용자1"
  std::string before{};
  std::string after{};
};

// Everybody, as the store had them at one moment.
struct People {
  std::int64_t version = 0;    // rises with every change
  std::vector<UserRow> users;  // by name
  std::vector<KeyRow> keys;    // oldest first
  std::vector<GroupRow> groups;
  std::vector<LimitsRow> limits;
};

// What the people are with the edit. Numbers of scopes are taken as the rows have them; bans are nobody's matter here.
void apply(People& people, const Edit& edit);

}  // namespace ktl::storage

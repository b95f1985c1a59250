#pragma once
// Who there is, as people know them: users, groups, keys and models by name, and for each limit where it comes from.
// The directory answers "whose key is this?" on the path of a request; the roster answers what the admin pages and the
// command line ask, and also knows those who may not ask anything: disabled users, revoked and expired keys.
//
// The rule: what an admin set wins over the configuration, also after a reload or a restart, until it is unset.
//
// Immutable once built. Vectors stand in the order of the configuration, then of the store.
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/place_table.h"
#include "identity/directory.h"
#include "quota/limits.h"

namespace ktl::gateway {

enum class Source : std::uint8_t {
  none,      // nobody said anything: no limit
  standard,  // default_limits
  config,    // the configuration's own entry
  admin,     // set by an admin
};
std::string_view name_of(Source source);  // "none", "default", "config", "admin"

// What was said about one scope's limits, and by whom. Most scopes have the same said of them: shared.
struct SaidLimits {
  quota::Limits configured;  // what holds without an admin
  std::array<Source, quota::kLimitKinds> configured_by{};
  quota::LimitChoices set;  // by an admin

  friend auto operator<=>(const SaidLimits&, const SaidLimits&) = default;
};

struct RosterLimits {
  ScopeKind kind = ScopeKind::global;
  ScopeId scope = ScopeId::none;           // none: the store has not given a number yet
  std::string name;                        // as people say it; of a key its id
  std::shared_ptr<const SaidLimits> said;  // nullptr: nothing

  const SaidLimits& terms() const;
  quota::Limits effective() const { return terms().set.over(terms().configured); }
  Source source_of(quota::LimitKind kind) const;
};

struct RosterUser {
  std::string name;
  std::string description;
  bool from_config = false;
  bool changed = false;  // an admin changed what the configuration says (besides limits)
  bool disabled = false;
  bool admin = false;
  std::vector<std::string> models;  // allowed; empty: all
  std::vector<std::string> groups;
  std::optional<WallTime> created_at;
  RosterLimits limits;
  std::vector<std::size_t> keys;  // places in Roster::keys
};

struct RosterKey {
  identity::KeyDigest digest{};
  std::string mask;
  std::string label;
  std::string user;
  bool from_config = false;
  bool published = false;
  bool admin = false;
  bool disabled = false;
  bool revoked = false;
  std::vector<std::string> models;  // allowed; empty: as the user
  std::optional<WallTime> created_at;
  std::optional<WallTime> expires_at;
  std::string replaced_by;  // an id
  RosterLimits limits;

  const std::string& id() const { return limits.name; }  // 12 hex digits of the digest
  const std::string& shown() const { return label.empty() ? mask : label; }
  // "active", "disabled", "expired", "revoked"
  std::string_view state(WallTime now) const;
};

struct RosterGroup {
  std::string name;
  std::string description;
  bool from_config = false;
  bool changed = false;
  std::vector<std::string> users;
  std::optional<WallTime> created_at;
  RosterLimits limits;
};

struct AdminKeyMask {
  identity::KeyDigest digest{};
  std::string mask;
};

class Roster {
 public:
  Roster() = default;
  Roster(Roster&&) = default;
  Roster& operator=(Roster&&) = default;
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  RosterLimits global;
  std::vector<RosterLimits> models;
  std::vector<RosterGroup> groups;
  std::vector<RosterUser> users;
  std::vector<RosterKey> keys;
  std::vector<AdminKeyMask> admin_keys;

  // Call once, when the vectors are complete.
  void index();

  // nullptr: there is none of that name. `id` is a key's id or all its hex digits.
  const RosterUser* user(std::string_view name) const;
  const RosterGroup* group(std::string_view name) const;
  const RosterLimits* model(std::string_view alias) const;
  const RosterKey* key(std::string_view id) const;
  const RosterKey* key_of(const identity::KeyDigest& digest) const;
  // Of any kind by its name; a key by its id, the global scope by any name.
  const RosterLimits* limits_of(ScopeKind kind, std::string_view name) const;

 private:
  std::optional<std::size_t> place_of_user(std::string_view name) const;

  PlaceTable users_by_name_;
  PlaceTable keys_by_id_;
};

}  // namespace ktl::gateway

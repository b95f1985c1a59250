#pragma once
// Who exists and who is banned, as a store keeps it beside the configuration; and the numbers of scopes. Implemented by
// the SQLite file and by Redis. Thread-safe; blocks: for start, reload and the command line.
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/identity_rows.h"

namespace ktl::storage {

class IdentityStore {
 public:
  virtual ~IdentityStore() = default;

  // The number of the scope with that name; given on first sight and kept for ever.
  virtual Result<ScopeId> scope(ScopeKind kind, std::string_view name) = 0;

  virtual Result<std::vector<UserRow>> users() = 0;           // by name
  virtual Result<ScopeId> put_user(const UserRow& user) = 0;  // adds or replaces by name (created_at stays)
  virtual Result<void> set_user_disabled(std::string_view name, bool disabled) = 0;  // not_found

  virtual Result<std::vector<KeyRow>> keys() = 0;          // oldest first
  virtual Result<ScopeId> add_key(const KeyRow& key) = 0;  // conflict: known digest; not_found: no such user
  virtual Result<void> set_key_disabled(const identity::KeyDigest& digest, bool disabled) = 0;  // not_found

  virtual Result<std::vector<BanRow>> bans(WallTime now) = 0;  // those that still hold
  virtual Result<void> save_ban(const BanRow& ban) = 0;        // replaces the scope's ban
  virtual Result<void> remove_ban(ScopeId scope) = 0;          // fine if there is none
};

}  // namespace ktl::storage

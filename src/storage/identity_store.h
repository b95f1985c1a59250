#pragma once
// Who exists and who is banned, as a store keeps it beside the configuration; and the numbers of scopes. Implemented by
// the SQLite file, by Redis and in memory. Thread-safe; blocks: for start, reload and the command line.
#include <span>
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

  // Everybody at once; and the version alone, which tells whether somebody has changed something since.
  virtual Result<People> people() = 0;
  virtual Result<std::int64_t> version() = 0;
  // Writes all of it with its entry in the log of changes, or nothing: if the version is not `seen` any more (conflict,
  // retry). Gives the new version. What an edit refers to exists, or comes before it in the list.
  virtual Result<std::int64_t> change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) = 0;
  // Notes something that changed nothing here.
  virtual Result<void> note(const AuditRow& row) = 0;
  // The log, latest first: at most `most` entries before the one of that id (empty: from the latest on).
  virtual Result<std::vector<AuditRow>> audit(const std::string& before, std::size_t most) = 0;
  // Bans that were made or lifted since that version; a lifted one ends at the epoch.
  virtual Result<std::vector<BanRow>> bans_since(std::int64_t version) = 0;

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

#pragma once
// Users, keys, groups, limits and bans that are forgotten with the process: for tests and trials.
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/identity_store.h"

namespace ktl::storage {

class MemoryIdentity final : public IdentityStore {
 public:
  Result<ScopeId> scope(ScopeKind kind, std::string_view name) override;
  Result<People> people() override;
  Result<std::int64_t> version() override;
  Result<std::int64_t> change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) override;
  Result<void> note(const AuditRow& row) override;
  Result<std::vector<AuditRow>> audit(const std::string& before, std::size_t most) override;
  Result<std::vector<BanRow>> bans_since(std::int64_t version) override;
  Result<std::vector<UserRow>> users() override;
  Result<ScopeId> put_user(const UserRow& user) override;
  Result<void> set_user_disabled(std::string_view name, bool disabled) override;
  Result<std::vector<KeyRow>> keys() override;
  Result<ScopeId> add_key(const KeyRow& key) override;
  Result<void> set_key_disabled(const identity::KeyDigest& digest, bool disabled) override;
  Result<std::vector<BanRow>> bans(WallTime now) override;
  Result<void> save_ban(const BanRow& ban) override;
  Result<void> remove_ban(ScopeId scope) override;

  // Scopes of a kind that have a number, by name.
  std::vector<std::pair<ScopeId, std::string>> scopes_of(ScopeKind kind);

  // Fault: the nth change from now fails as if the disk had.
  void fail_nth_change(int nth);

 private:
  ScopeId number_of(ScopeKind kind, std::string_view name);  // mutex_ held, as below
  void write(const Edit& edit);
  ScopeId write(UserRow user);
  ScopeId write(KeyRow key);

  std::mutex mutex_;
  std::map<std::pair<ScopeKind, std::string>, ScopeId> scopes_;
  People people_{.version = 1, .users = {}, .keys = {}, .groups = {}, .limits = {}};
  std::map<ScopeId, std::pair<std::int64_t, BanRow>> bans_;  // with the version that made or lifted them
  std::vector<AuditRow> notes_;
  int fail_in_ = 0;  // 0: never
};

}  // namespace ktl::storage

#pragma once
// Users, keys, bans and scope numbers in Redis, shared by all gateways. Every change is one record with a new version,
// which all gateways see with their next heartbeat.
#include "storage/identity_store.h"
#include "storage/redis/session.h"

namespace ktl::storage::redis {

class RedisIdentity final : public IdentityStore {
 public:
  // `session` outlives it.
  RedisIdentity(Session& session, Functions functions) : session_(session), functions_(std::move(functions)) {}

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

 private:
  // All that changed after that version, oldest change first; `version` becomes the latest.
  Result<std::vector<Change>> changes_after(std::int64_t& version);
  Result<std::vector<Change>> records();  // all that there are, oldest change first
  Result<void> append_edits(const Edit& edit, std::vector<RecordEdit>& out);
  // The record of that name, and its version.
  Result<std::optional<Change>> record(const std::string& name);
  Result<void> put(const std::string& name, std::optional<std::int64_t> seen, std::optional<std::string_view> value);

  Session& session_;
  const Functions functions_;
};

}  // namespace ktl::storage::redis

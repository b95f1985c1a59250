#include "storage/redis/redis_identity.h"

#include <algorithm>

#include "identity/api_key.h"
#include "storage/redis/records.h"

namespace ktl::storage::redis {
namespace {

constexpr int kAtOnce = 500;

}  // namespace

Result<ScopeId> RedisIdentity::scope(ScopeKind kind, std::string_view name) {
  const auto reply = session_.call(functions_.scope_number(kind, name));
  if (!reply) return tl::unexpected(reply.error());
  const auto number = read_number(*reply);
  if (!number) return tl::unexpected(number.error());
  return static_cast<ScopeId>(*number);
}

Result<std::vector<Change>> RedisIdentity::changes_after(std::int64_t& version) {
  std::vector<Change> all;
  for (std::int64_t after = version;;) {
    const auto reply = session_.call(functions_.changes(after, kAtOnce));
    if (!reply) return tl::unexpected(reply.error());
    auto changes = read_changes(*reply);
    if (!changes) return tl::unexpected(changes.error());
    version = changes->version;
    const bool full = changes->list.size() >= static_cast<std::size_t>(kAtOnce);
    for (Change& change : changes->list) {
      after = change.version;
      all.push_back(std::move(change));
    }
    if (!full) return all;
  }
}

Result<std::vector<Change>> RedisIdentity::records() {
  std::int64_t version = 0;
  auto all = changes_after(version);
  if (all) std::erase_if(*all, [](const Change& change) { return !change.value; });
  return all;
}

Result<std::optional<Change>> RedisIdentity::record(const std::string& name) {
  auto all = records();
  if (!all) return tl::unexpected(all.error());
  const auto found = std::find_if(all->begin(), all->end(), [&name](const Change& c) { return c.name == name; });
  if (found == all->end()) return std::optional<Change>();
  return std::optional(std::move(*found));
}

Result<void> RedisIdentity::put(const std::string& name, std::optional<std::int64_t> seen,
                                std::optional<std::string_view> value) {
  const auto reply = session_.call(functions_.put(name, seen, value));
  if (!reply) return tl::unexpected(reply.error());
  const auto written = read_put(*reply);
  if (!written) return tl::unexpected(written.error());
  if (!written->done)
    return fail(ErrorCode::conflict, ErrorSource::storage, "somebody else changed it at the same time", Retry::yes);
  return {};
}

Result<std::vector<UserRow>> RedisIdentity::users() {
  auto all = people();
  if (!all) return tl::unexpected(all.error());
  return std::move(all->users);
}

Result<ScopeId> RedisIdentity::put_user(const UserRow& user) {
  const auto number = scope(ScopeKind::user, user.name);
  if (!number) return number;
  const std::string name = name_of_user(user.name);
  const auto before = record(name);
  if (!before) return tl::unexpected(before.error());
  UserRow row = user;
  row.scope = *number;
  std::int64_t seen = 0;
  if (*before) {
    seen = (*before)->version;
    if (const auto old = user_of(name, *(*before)->value)) row.created_at = old->created_at;
  }
  if (auto done = put(name, seen, record_of(row)); !done) return tl::unexpected(done.error());
  return number;
}

Result<void> RedisIdentity::set_user_disabled(std::string_view user, bool disabled) {
  const std::string name = name_of_user(user);
  const auto before = record(name);
  if (!before) return tl::unexpected(before.error());
  auto row = *before ? user_of(name, *(*before)->value) : std::nullopt;
  if (!row) return fail(ErrorCode::not_found, ErrorSource::storage, "no user '" + std::string(user) + "'");
  row->disabled = disabled;
  return put(name, (*before)->version, record_of(*row));
}

Result<std::vector<KeyRow>> RedisIdentity::keys() {
  auto all = people();
  if (!all) return tl::unexpected(all.error());
  return std::move(all->keys);
}

Result<ScopeId> RedisIdentity::add_key(const KeyRow& key) {
  const auto all = users();
  if (!all) return tl::unexpected(all.error());
  const auto owner =
      std::find_if(all->begin(), all->end(), [&key](const UserRow& user) { return user.name == key.user_name; });
  if (owner == all->end()) return fail(ErrorCode::not_found, ErrorSource::storage, "no user '" + key.user_name + "'");
  const auto number = scope(ScopeKind::key, identity::hex_of(key.digest));
  if (!number) return number;
  KeyRow row = key;
  row.scope = *number;
  row.user_scope = owner->scope;
  if (auto done = put(name_of_key(key.digest), 0, record_of(row)); !done) {
    if (done.error().code != ErrorCode::conflict) return tl::unexpected(done.error());
    return fail(ErrorCode::conflict, ErrorSource::storage, "this key exists already");
  }
  return number;
}

Result<void> RedisIdentity::set_key_disabled(const identity::KeyDigest& digest, bool disabled) {
  const std::string name = name_of_key(digest);
  const auto before = record(name);
  if (!before) return tl::unexpected(before.error());
  auto row = *before ? key_of(name, *(*before)->value) : std::nullopt;
  if (!row) return fail(ErrorCode::not_found, ErrorSource::storage, "no such key");
  row->disabled = disabled;
  return put(name, (*before)->version, record_of(*row));
}

Result<std::vector<BanRow>> RedisIdentity::bans(WallTime now) {
  const auto all = records();
  if (!all) return tl::unexpected(all.error());
  std::vector<BanRow> rows;
  for (const Change& record : *all)
    if (auto ban = ban_of(record.name, *record.value); ban && ban->until > now) rows.push_back(std::move(*ban));
  return rows;
}

Result<void> RedisIdentity::save_ban(const BanRow& ban) {
  return put(name_of_ban(ban.scope), std::nullopt, record_of(ban));
}

Result<void> RedisIdentity::remove_ban(ScopeId scope) {
  return put(name_of_ban(scope), std::nullopt, std::nullopt);
}

}  // namespace ktl::storage::redis

// SqliteFile: scopes, users, keys and bans.
#include <fmt/format.h>

#include "storage/sqlite/rows.h"
#include "identity/api_key.h"
#include "storage/sqlite/slices.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {

Result<ScopeId> SqliteFile::scope(ScopeKind kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return scope_locked(kind, name);
}

Result<ScopeId> SqliteFile::scope_locked(ScopeKind kind, std::string_view name) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!find_scope_) {
      auto find = database_.prepare("SELECT id FROM scopes WHERE kind=? AND name=?");
      if (!find) return tl::unexpected(std::move(find.error()));
      find_scope_ = std::move(*find);
    }
    const Result<bool> found = find_scope_->bind(static_cast<std::int64_t>(kind)).bind(name).step();
    if (!found) return tl::unexpected(found.error());
    if (*found) {
      const ScopeId scope = scope_id(find_scope_->integer(0));
      find_scope_->reset();
      return scope;
    }
    if (access_ == Access::read_only) break;
    auto insert = database_.prepare("INSERT OR IGNORE INTO scopes(kind, name) VALUES(?,?)");
    if (!insert) return tl::unexpected(std::move(insert.error()));
    auto inserted = insert->bind(static_cast<std::int64_t>(kind)).bind(name).run();
    if (!inserted) return tl::unexpected(std::move(inserted.error()));
  }
  return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no {} named {}", name_of(kind), name));
}

Result<std::vector<ScopeRow>> SqliteFile::scopes() {
  const std::lock_guard lock(mutex_);
  std::vector<ScopeRow> rows;
  auto read = database_.prepare("SELECT id, kind, name FROM scopes ORDER BY id");
  auto done = for_rows(read, [&rows](Statement& row) {
    rows.push_back({scope_id(row.integer(0)), static_cast<ScopeKind>(row.integer(1)), row.text(2)});
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<std::vector<UserRow>> SqliteFile::users() {
  const std::lock_guard lock(mutex_);
  return users_locked();
}

Result<std::vector<UserRow>> SqliteFile::users_locked() {
  std::vector<UserRow> rows;
  auto read = database_.prepare(
      "SELECT scope, name, description, created_at_ms, disabled, rpm, rph, rpd, tpm, tph, daily, concurrent, "
      "allowed_models, edited FROM users ORDER BY name");
  auto done = for_rows(read, [&rows](Statement& row) {
    UserRow user{scope_id(row.integer(0)),  row.text(1),        row.text(2), {},
                 wall_time(row.integer(3)), row.integer(4) != 0};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i) user.limits.amount[i] = row.integer(static_cast<int>(i) + 5);
    user.allowed_models = lines_of(row.text(12));
    user.edited = row.integer(13) != 0;
    rows.push_back(std::move(user));
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<ScopeId> SqliteFile::put_user(const UserRow& user) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const auto scope = put_user_locked(user);
  if (!scope) return scope;
  auto done = count_change_locked();
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return scope;
}

Result<ScopeId> SqliteFile::put_user_locked(const UserRow& user) {
  const auto scope = scope_locked(ScopeKind::user, user.name);
  if (!scope) return scope;
  auto put = database_.prepare(
      "INSERT INTO users(scope, name, description, created_at_ms, disabled, rpm, rph, rpd, tpm, tph, daily, "
      "concurrent, allowed_models, edited) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(scope) DO UPDATE SET description=excluded.description, "
      "disabled=excluded.disabled, rpm=excluded.rpm, rph=excluded.rph, rpd=excluded.rpd, tpm=excluded.tpm, "
      "tph=excluded.tph, daily=excluded.daily, concurrent=excluded.concurrent, "
      "allowed_models=excluded.allowed_models, edited=excluded.edited");
  if (!put) return tl::unexpected(std::move(put.error()));
  put->bind(static_cast<std::int64_t>(*scope))
      .bind(user.name)
      .bind(user.description)
      .bind(milliseconds(user.created_at));
  put->bind(std::int64_t{user.disabled});
  for (const std::int64_t amount : user.limits.amount) put->bind(amount);
  auto done = put->bind(joined(user.allowed_models)).bind(std::int64_t{user.edited}).run();
  if (!done) return tl::unexpected(std::move(done.error()));
  return scope;
}

Result<void> SqliteFile::set_user_disabled(std::string_view name, bool disabled) {
  const std::lock_guard lock(mutex_);
  auto update = database_.prepare("UPDATE users SET disabled=? WHERE name=?");
  if (!update) return tl::unexpected(std::move(update.error()));
  auto done = update->bind(std::int64_t{disabled}).bind(name).run();
  if (!done) return done;
  if (database_.changes() == 1) return count_change_locked();
  return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no user named {}", name));
}

Result<std::vector<KeyRow>> SqliteFile::keys() {
  const std::lock_guard lock(mutex_);
  return keys_locked();
}

Result<std::vector<KeyRow>> SqliteFile::keys_locked() {
  std::vector<KeyRow> rows;
  auto read = database_.prepare(
      "SELECT k.digest, k.scope, k.user_scope, u.name, k.label, k.allowed_models, k.admin, k.created_at_ms, "
      "k.disabled, "
      "k.revoked, k.mask, k.expires_at_ms IS NOT NULL, k.expires_at_ms, k.replaced_by FROM api_keys k JOIN users u ON "
      "u.scope=k.user_scope ORDER BY k.created_at_ms, k.scope");
  auto done = for_rows(read, [&rows](Statement& row) {
    KeyRow key;
    const auto digest = row.blob(0);
    std::copy_n(digest.begin(), std::min(digest.size(), key.digest.size()), key.digest.begin());
    key.scope = scope_id(row.integer(1));
    key.user_scope = scope_id(row.integer(2));
    key.user_name = row.text(3);
    key.label = row.text(4);
    key.allowed_models = lines_of(row.text(5));
    key.admin = row.integer(6) != 0;
    key.created_at = wall_time(row.integer(7));
    key.disabled = row.integer(8) != 0;
    key.revoked = row.integer(9) != 0;
    key.mask = row.text(10);
    if (row.integer(11) != 0) key.expires_at = wall_time(row.integer(12));
    key.replaced_by = row.text(13);
    rows.push_back(std::move(key));
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<ScopeId> SqliteFile::add_key(const KeyRow& key) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const auto scope = put_key_locked(key, false);
  if (!scope) return scope;
  auto done = count_change_locked();
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return scope;
}

Result<ScopeId> SqliteFile::put_key_locked(const KeyRow& key, bool replace) {
  auto find_user = database_.prepare("SELECT scope FROM users WHERE name=?");
  if (!find_user) return tl::unexpected(std::move(find_user.error()));
  const Result<bool> found = find_user->bind(key.user_name).step();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no user named {}", key.user_name));
  const std::int64_t user_scope = find_user->integer(0);
  const auto scope = scope_locked(ScopeKind::key, identity::hex_of(key.digest));
  if (!scope) return scope;
  const std::string insert_or = replace ? "INSERT OR REPLACE" : "INSERT";
  auto insert = database_.prepare(
      insert_or +
      " INTO api_keys(digest, scope, user_scope, label, allowed_models, admin, created_at_ms, disabled, revoked, mask, "
      "replaced_by, expires_at_ms) VALUES(?,?,?,?,?,?,?,?,?,?,?," +
      (key.expires_at ? "?)" : "NULL)"));
  if (!insert) return tl::unexpected(std::move(insert.error()));
  insert->bind_blob(key.digest).bind(static_cast<std::int64_t>(*scope)).bind(user_scope).bind(key.label);
  insert->bind(joined(key.allowed_models)).bind(std::int64_t{key.admin}).bind(milliseconds(key.created_at));
  insert->bind(std::int64_t{key.disabled}).bind(std::int64_t{key.revoked}).bind(key.mask).bind(key.replaced_by);
  if (key.expires_at) insert->bind(milliseconds(*key.expires_at));
  auto done = insert->run();
  if (!done && done.error().code == ErrorCode::conflict) done.error().message = "this key exists already";
  if (!done) return tl::unexpected(std::move(done.error()));
  return scope;
}

Result<void> SqliteFile::set_key_disabled(const identity::KeyDigest& digest, bool disabled) {
  const std::lock_guard lock(mutex_);
  auto update = database_.prepare("UPDATE api_keys SET disabled=? WHERE digest=?");
  if (!update) return tl::unexpected(std::move(update.error()));
  auto done = update->bind(std::int64_t{disabled}).bind_blob(digest).run();
  if (!done) return done;
  if (database_.changes() == 1) return count_change_locked();
  return fail(ErrorCode::not_found, ErrorSource::storage, "no such key");
}

Result<std::vector<BanRow>> SqliteFile::bans(WallTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<BanRow> rows;
  auto read = database_.prepare("SELECT scope, until_ms, reason, manual FROM bans WHERE until_ms>? ORDER BY scope");
  if (read) read->bind(milliseconds(now));
  auto done = for_rows(read, [&rows](Statement& row) {
    rows.push_back({scope_id(row.integer(0)), wall_time(row.integer(1)), row.text(2), row.integer(3) != 0});
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<void> SqliteFile::save_ban(const BanRow& ban) {
  const std::lock_guard lock(mutex_);
  auto put = database_.prepare("INSERT OR REPLACE INTO bans(scope, until_ms, reason, manual) VALUES(?,?,?,?)");
  if (!put) return tl::unexpected(std::move(put.error()));
  return put->bind(static_cast<std::int64_t>(ban.scope))
      .bind(milliseconds(ban.until))
      .bind(ban.reason)
      .bind(std::int64_t{ban.manual})
      .run();
}

Result<void> SqliteFile::remove_ban(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  auto remove = database_.prepare("DELETE FROM bans WHERE scope=?");
  if (!remove) return tl::unexpected(std::move(remove.error()));
  return remove->bind(static_cast<std::int64_t>(scope)).run();
}

}  // namespace ktl::storage

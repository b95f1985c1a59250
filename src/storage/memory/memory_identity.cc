#include "storage/memory/memory_identity.h"

#include <algorithm>
#include <charconv>

#include "identity/api_key.h"

namespace ktl::storage {

ScopeId MemoryIdentity::number_of(ScopeKind kind, std::string_view name) {
  const auto next = static_cast<ScopeId>(scopes_.size() + 1);
  return scopes_.try_emplace({kind, std::string(name)}, next).first->second;
}

Result<ScopeId> MemoryIdentity::scope(ScopeKind kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return number_of(kind, name);
}

Result<People> MemoryIdentity::people() {
  const std::lock_guard lock(mutex_);
  return people_;
}

Result<std::int64_t> MemoryIdentity::version() {
  const std::lock_guard lock(mutex_);
  return people_.version;
}

ScopeId MemoryIdentity::write(UserRow user) {
  const ScopeId scope = user.scope = number_of(ScopeKind::user, user.name);
  apply(people_, std::move(user));
  return scope;
}

ScopeId MemoryIdentity::write(KeyRow key) {
  const ScopeId scope = key.scope = number_of(ScopeKind::key, identity::hex_of(key.digest));
  key.user_scope = number_of(ScopeKind::user, key.user_name);
  apply(people_, std::move(key));
  return scope;
}

void MemoryIdentity::write(const Edit& edit) {
  if (const auto* user = std::get_if<UserRow>(&edit)) {
    write(*user);
  } else if (const auto* key = std::get_if<KeyRow>(&edit)) {
    write(*key);
  } else if (const auto* ban = std::get_if<BanRow>(&edit)) {
    bans_[ban->scope] = {people_.version, *ban};
  } else if (const auto* lifted = std::get_if<LiftedBan>(&edit)) {
    bans_[lifted->scope] = {people_.version,
                            {.scope = lifted->scope, .until = WallTime{}, .reason = {}, .manual = true}};
  } else {
    apply(people_, edit);
  }
}

Result<std::int64_t> MemoryIdentity::change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) {
  const std::lock_guard lock(mutex_);
  if (fail_in_ > 0 && --fail_in_ == 0) return fail(ErrorCode::io, ErrorSource::storage, "told to fail");
  if (seen != people_.version)
    return fail(ErrorCode::conflict, ErrorSource::storage, "somebody else changed something meanwhile", Retry::yes);
  ++people_.version;
  for (const Edit& edit : edits) write(edit);
  notes_.push_back(note);
  return people_.version;
}

Result<void> MemoryIdentity::note(const AuditRow& row) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(row);
  return {};
}

Result<std::vector<AuditRow>> MemoryIdentity::audit(const std::string& before, std::size_t most) {
  std::size_t end = 0;
  const auto [rest, problem] = std::from_chars(before.data(), before.data() + before.size(), end);
  if (!before.empty() && (problem != std::errc() || rest != before.data() + before.size()))
    return fail(ErrorCode::invalid, ErrorSource::client, "no id of an entry");
  const std::lock_guard lock(mutex_);
  std::vector<AuditRow> rows;
  for (std::size_t i = before.empty() ? notes_.size() : std::min(end, notes_.size() + 1) - (end > 0 ? 1 : 0);
       i > 0 && rows.size() < most; --i) {
    rows.push_back(notes_[i - 1]);
    rows.back().id = std::to_string(i);
  }
  return rows;
}

Result<std::vector<BanRow>> MemoryIdentity::bans_since(std::int64_t version) {
  const std::lock_guard lock(mutex_);
  std::vector<BanRow> rows;
  for (const auto& [scope, ban] : bans_)
    if (ban.first > version) rows.push_back(ban.second);
  return rows;
}

Result<std::vector<UserRow>> MemoryIdentity::users() {
  const std::lock_guard lock(mutex_);
  return people_.users;
}

Result<ScopeId> MemoryIdentity::put_user(const UserRow& user) {
  const std::lock_guard lock(mutex_);
  ++people_.version;
  return write(user);
}

Result<void> MemoryIdentity::set_user_disabled(std::string_view name, bool disabled) {
  const std::lock_guard lock(mutex_);
  for (UserRow& user : people_.users) {
    if (user.name != name) continue;
    user.disabled = disabled;
    ++people_.version;
    return {};
  }
  return fail(ErrorCode::not_found, ErrorSource::storage, "no such user");
}

Result<std::vector<KeyRow>> MemoryIdentity::keys() {
  const std::lock_guard lock(mutex_);
  return people_.keys;
}

Result<ScopeId> MemoryIdentity::add_key(const KeyRow& key) {
  const std::lock_guard lock(mutex_);
  const auto owner = [&](const UserRow& user) { return user.name == key.user_name; };
  const auto same = [&](const KeyRow& one) { return one.digest == key.digest; };
  if (std::none_of(people_.users.begin(), people_.users.end(), owner))
    return fail(ErrorCode::not_found, ErrorSource::storage, "no such user");
  if (std::any_of(people_.keys.begin(), people_.keys.end(), same))
    return fail(ErrorCode::conflict, ErrorSource::storage, "this key exists already");
  ++people_.version;
  return write(key);
}

Result<void> MemoryIdentity::set_key_disabled(const identity::KeyDigest& digest, bool disabled) {
  const std::lock_guard lock(mutex_);
  for (KeyRow& key : people_.keys) {
    if (key.digest != digest) continue;
    key.disabled = disabled;
    ++people_.version;
    return {};
  }
  return fail(ErrorCode::not_found, ErrorSource::storage, "no such key");
}

Result<std::vector<BanRow>> MemoryIdentity::bans(WallTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<BanRow> rows;
  for (const auto& [scope, ban] : bans_)
    if (ban.second.until > now) rows.push_back(ban.second);
  return rows;
}

Result<void> MemoryIdentity::save_ban(const BanRow& ban) {
  const std::lock_guard lock(mutex_);
  bans_[ban.scope] = {0, ban};
  return {};
}

Result<void> MemoryIdentity::remove_ban(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  bans_.erase(scope);
  return {};
}

std::vector<std::pair<ScopeId, std::string>> MemoryIdentity::scopes_of(ScopeKind kind) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<ScopeId, std::string>> found;
  for (auto scope = scopes_.lower_bound({kind, {}}); scope != scopes_.end() && scope->first.first == kind; ++scope)
    found.emplace_back(scope->second, scope->first.second);
  return found;
}

void MemoryIdentity::fail_nth_change(int nth) {
  const std::lock_guard lock(mutex_);
  fail_in_ = nth;
}

}  // namespace ktl::storage

// RedisIdentity: what admins change, all of it or nothing, and the log of who did.
#include <algorithm>

#include "storage/redis/records.h"
#include "identity/api_key.h"
#include "storage/redis/redis_identity.h"

namespace ktl::storage::redis {
namespace {

constexpr int kNotesKept = 100'000;

}  // namespace

// Bans are records too; they make the version rise, but who exists stays the same.
Result<People> RedisIdentity::people() {
  People people;
  const auto all = changes_after(people.version);
  if (!all) return tl::unexpected(all.error());
  for (const Change& record : *all) {
    if (!record.value) continue;
    if (auto user = user_of(record.name, *record.value)) people.users.push_back(std::move(*user));
    if (auto key = key_of(record.name, *record.value)) people.keys.push_back(std::move(*key));
    if (auto group = group_of(record.name, *record.value)) people.groups.push_back(std::move(*group));
    if (auto limits = limits_of(record.name, *record.value)) people.limits.push_back(std::move(*limits));
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(people.users.begin(), people.users.end(), by_name);
  std::sort(people.groups.begin(), people.groups.end(), by_name);
  std::stable_sort(people.keys.begin(), people.keys.end(),
                   [](const KeyRow& a, const KeyRow& b) { return a.created_at < b.created_at; });
  return people;
}

Result<std::int64_t> RedisIdentity::version() {
  const auto reply = session_.call(functions_.changes(std::numeric_limits<std::int32_t>::max(), 1));
  if (!reply) return tl::unexpected(reply.error());
  const auto changes = read_changes(*reply);
  if (!changes) return tl::unexpected(changes.error());
  return changes->version;
}

Result<void> RedisIdentity::append_edits(const Edit& edit, std::vector<RecordEdit>& out) {
  if (const auto* user = std::get_if<UserRow>(&edit)) {
    const auto number = scope(ScopeKind::user, user->name);
    if (!number) return tl::unexpected(number.error());
    UserRow row = *user;
    row.scope = *number;
    out.push_back({name_of_user(row.name), record_of(row)});
  } else if (const auto* key = std::get_if<KeyRow>(&edit)) {
    KeyRow row = *key;
    const auto number = scope(ScopeKind::key, identity::hex_of(row.digest));
    const auto owner = scope(ScopeKind::user, row.user_name);
    if (!number || !owner) return tl::unexpected(number ? owner.error() : number.error());
    row.scope = *number;
    row.user_scope = *owner;
    out.push_back({name_of_key(row.digest), record_of(row)});
  } else if (const auto* group = std::get_if<GroupRow>(&edit)) {
    out.push_back({name_of_group(group->name), record_of(*group)});
  } else if (const auto* limits = std::get_if<LimitsRow>(&edit)) {
    const bool says = !limits->limits.empty();
    out.push_back(
        {name_of_limits(limits->kind, limits->name), says ? std::optional(record_of(*limits)) : std::nullopt});
  } else if (const auto* ban = std::get_if<BanRow>(&edit)) {
    out.push_back({name_of_ban(ban->scope), record_of(*ban)});
  } else if (const auto* lifted = std::get_if<LiftedBan>(&edit)) {
    out.push_back({name_of_ban(lifted->scope), std::nullopt});
  } else if (const auto* gone = std::get_if<RemovedGroup>(&edit)) {
    out.push_back({name_of_group(gone->name), std::nullopt});
  } else {
    const std::string& name = std::get<RemovedUser>(edit).name;
    const auto all = people();
    if (!all) return tl::unexpected(all.error());
    for (const KeyRow& owned : all->keys)
      if (owned.user_name == name) out.push_back({name_of_key(owned.digest), std::nullopt});
    out.push_back({name_of_user(name), std::nullopt});
  }
  return {};
}

Result<std::int64_t> RedisIdentity::change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) {
  std::vector<RecordEdit> records;
  for (const Edit& edit : edits)
    if (auto done = append_edits(edit, records); !done) return tl::unexpected(done.error());
  const auto reply = session_.call(functions_.change(seen, records, record_of(note), kNotesKept));
  if (!reply) return tl::unexpected(reply.error());
  const auto written = read_change(*reply);
  if (!written) return tl::unexpected(written.error());
  if (!written->done)
    return fail(ErrorCode::conflict, ErrorSource::storage, "somebody else changed something meanwhile", Retry::yes);
  return written->version;
}

Result<void> RedisIdentity::note(const AuditRow& row) {
  const auto reply = session_.call(functions_.change(-1, {}, record_of(row), kNotesKept));
  if (!reply) return tl::unexpected(reply.error());
  const auto written = read_change(*reply);
  if (!written) return tl::unexpected(written.error());
  return {};
}

Result<std::vector<AuditRow>> RedisIdentity::audit(const std::string& before, std::size_t most) {
  if (before.find_first_not_of("0123456789-") != std::string::npos)
    return fail(ErrorCode::invalid, ErrorSource::client, "no id of an entry");
  const auto reply = session_.call(functions_.notes(before, most));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->is_error()) return fail(ErrorCode::invalid, ErrorSource::client, reply->text);
  const auto notes = read_notes(*reply);
  if (!notes) return tl::unexpected(notes.error());
  std::vector<AuditRow> rows;
  for (const auto& [id, text] : *notes)
    if (auto row = audit_of(id, text)) rows.push_back(std::move(*row));
  return rows;
}

Result<std::vector<BanRow>> RedisIdentity::bans_since(std::int64_t version) {
  const auto all = changes_after(version);
  if (!all) return tl::unexpected(all.error());
  std::vector<BanRow> rows;
  for (const Change& record : *all) {
    const auto scope = banned_scope(record.name);
    if (!scope) continue;
    if (!record.value) rows.push_back({.scope = *scope, .until = WallTime{}, .reason = {}, .manual = true});
    if (auto ban = record.value ? ban_of(record.name, *record.value) : std::nullopt) rows.push_back(std::move(*ban));
  }
  return rows;
}

}  // namespace ktl::storage::redis

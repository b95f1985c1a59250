// SqliteFile: what admins change, all of it or nothing, and the log of who did.
#include <fmt/format.h>

#include <charconv>

#include "storage/sqlite/rows.h"
#include "storage/sqlite/slices.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {
namespace {

constexpr std::string_view kVersion = "SELECT value FROM meta WHERE key='people_version'";
constexpr std::int64_t kSaysNothing = -2;  // in the place of NULL, which a column is read as 0

Result<std::vector<GroupRow>> read_groups(Database& database) {
  std::vector<GroupRow> rows;
  auto read = database.prepare("SELECT name, description, users, created_at_ms FROM user_groups ORDER BY name");
  auto done = for_rows(read, [&rows](Statement& row) {
    rows.push_back({row.text(0), row.text(1), lines_of(row.text(2)), wall_time(row.integer(3))});
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<std::vector<LimitsRow>> read_limits(Database& database) {
  std::vector<LimitsRow> rows;
  auto read = database.prepare(
      "SELECT kind, name, ifnull(rpm,-2), ifnull(rph,-2), ifnull(rpd,-2), ifnull(tpm,-2), ifnull(tph,-2), "
      "ifnull(daily,-2), ifnull(concurrent,-2) FROM set_limits");
  auto done = for_rows(read, [&rows](Statement& row) {
    LimitsRow limits{static_cast<ScopeKind>(row.integer(0)), row.text(1), {}};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
      const std::int64_t amount = row.integer(static_cast<int>(i) + 2);
      if (amount != kSaysNothing) limits.limits.amount[i] = amount;
    }
    rows.push_back(std::move(limits));
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<void> run_with_name(Database& database, std::string_view sql, std::string_view name) {
  auto statement = database.prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  return statement->bind(name).run();
}

Result<void> write_limits(Database& database, const LimitsRow& row) {
  auto remove = database.prepare("DELETE FROM set_limits WHERE kind=? AND name=?");
  if (!remove) return tl::unexpected(std::move(remove.error()));
  auto done = remove->bind(static_cast<std::int64_t>(row.kind)).bind(row.name).run();
  if (!done || row.limits.empty()) return done;
  auto put = database.prepare(
      "INSERT INTO set_limits VALUES(?,?,nullif(?,-2),nullif(?,-2),nullif(?,-2),nullif(?,-2),nullif(?,-2),"
      "nullif(?,-2),nullif(?,-2))");
  if (!put) return tl::unexpected(std::move(put.error()));
  put->bind(static_cast<std::int64_t>(row.kind)).bind(row.name);
  for (const auto& amount : row.limits.amount) put->bind(amount.value_or(kSaysNothing));
  return put->run();
}

Result<void> write_group(Database& database, const GroupRow& row) {
  auto put = database.prepare("INSERT OR REPLACE INTO user_groups VALUES(?,?,?,?)");
  if (!put) return tl::unexpected(std::move(put.error()));
  return put->bind(row.name).bind(row.description).bind(joined(row.users)).bind(milliseconds(row.created_at)).run();
}

Result<void> write_ban(Database& database, const BanRow& row, std::int64_t version) {
  auto put =
      database.prepare("INSERT OR REPLACE INTO bans(scope, until_ms, reason, manual, version) VALUES(?,?,?,?,?)");
  if (!put) return tl::unexpected(std::move(put.error()));
  put->bind(static_cast<std::int64_t>(row.scope)).bind(milliseconds(row.until)).bind(row.reason);
  return put->bind(std::int64_t{row.manual}).bind(version).run();
}

Result<void> remove_user(Database& database, std::string_view name) {
  auto done =
      run_with_name(database, "DELETE FROM api_keys WHERE user_scope=(SELECT scope FROM users WHERE name=?)", name);
  return done ? run_with_name(database, "DELETE FROM users WHERE name=?", name) : done;
}

template <class Done>
Result<void> without_value(const Done& done) {
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace

Result<std::int64_t> SqliteFile::version() {
  const std::lock_guard lock(mutex_);
  return database_.query_integer(kVersion);
}

Result<void> SqliteFile::count_change_locked() {
  return database_.execute("UPDATE meta SET value=value+1 WHERE key='people_version'");
}

Result<People> SqliteFile::people() {
  const std::lock_guard lock(mutex_);
  auto picture = Transaction::begin_read(database_);
  if (!picture) return tl::unexpected(std::move(picture.error()));
  const auto version = database_.query_integer(kVersion);
  if (!version) return tl::unexpected(version.error());
  auto users = users_locked();
  if (!users) return tl::unexpected(std::move(users.error()));
  auto keys = keys_locked();
  if (!keys) return tl::unexpected(std::move(keys.error()));
  auto groups = read_groups(database_);
  if (!groups) return tl::unexpected(std::move(groups.error()));
  auto limits = read_limits(database_);
  if (!limits) return tl::unexpected(std::move(limits.error()));
  return People{*version, std::move(*users), std::move(*keys), std::move(*groups), std::move(*limits)};
}

Result<void> SqliteFile::write_locked(const Edit& edit, std::int64_t version) {
  struct Writer {
    SqliteFile& file;
    std::int64_t version;
    Result<void> operator()(const UserRow& row) const { return without_value(file.put_user_locked(row)); }
    Result<void> operator()(const KeyRow& row) const { return without_value(file.put_key_locked(row, true)); }
    Result<void> operator()(const GroupRow& row) const { return write_group(file.database_, row); }
    Result<void> operator()(const LimitsRow& row) const { return write_limits(file.database_, row); }
    Result<void> operator()(const BanRow& row) const { return write_ban(file.database_, row, version); }
    Result<void> operator()(const RemovedUser& gone) const { return remove_user(file.database_, gone.name); }
    Result<void> operator()(const RemovedGroup& gone) const {
      return run_with_name(file.database_, "DELETE FROM user_groups WHERE name=?", gone.name);
    }
    Result<void> operator()(const LiftedBan& lifted) const {
      return write_ban(file.database_, {.scope = lifted.scope, .until = WallTime{}, .reason = {}, .manual = true},
                       version);
    }
  };
  return std::visit(Writer{*this, version}, edit);
}

Result<std::int64_t> SqliteFile::change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const auto version = database_.query_integer(kVersion);
  if (!version) return version;
  if (*version != seen)
    return fail(ErrorCode::conflict, ErrorSource::storage, "somebody else changed something meanwhile", Retry::yes);
  for (const Edit& edit : edits)
    if (auto done = write_locked(edit, *version + 1); !done) return tl::unexpected(std::move(done.error()));
  auto done = note_locked(note);
  if (done) done = count_change_locked();
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return *version + 1;
}

Result<void> SqliteFile::note(const AuditRow& row) {
  const std::lock_guard lock(mutex_);
  return note_locked(row);
}

Result<void> SqliteFile::note_locked(const AuditRow& row) {
  auto put =
      database_.prepare("INSERT INTO audit(at_ms, who, action, target, before_it, after_it) VALUES(?,?,?,?,?,?)");
  if (!put) return tl::unexpected(std::move(put.error()));
  put->bind(milliseconds(row.at)).bind(row.who).bind(row.action).bind(row.target);
  return put->bind(row.before).bind(row.after).run();
}

Result<std::vector<AuditRow>> SqliteFile::audit(const std::string& before, std::size_t most) {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  const auto [rest, problem] = std::from_chars(before.data(), before.data() + before.size(), end);
  if (!before.empty() && (problem != std::errc() || rest != before.data() + before.size()))
    return fail(ErrorCode::invalid, ErrorSource::client, "no id of an entry");
  const std::lock_guard lock(mutex_);
  std::vector<AuditRow> rows;
  auto read = database_.prepare(
      "SELECT id, at_ms, who, action, target, before_it, after_it FROM audit WHERE id<? ORDER BY id DESC LIMIT ?");
  if (read) read->bind(end).bind(static_cast<std::int64_t>(most));
  auto done = for_rows(read, [&rows](Statement& row) {
    rows.push_back({std::to_string(row.integer(0)), wall_time(row.integer(1)), row.text(2), row.text(3), row.text(4),
                    row.text(5), row.text(6)});
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

Result<std::vector<BanRow>> SqliteFile::bans_since(std::int64_t version) {
  const std::lock_guard lock(mutex_);
  std::vector<BanRow> rows;
  auto read = database_.prepare("SELECT scope, until_ms, reason, manual FROM bans WHERE version>? ORDER BY version");
  if (read) read->bind(version);
  auto done = for_rows(read, [&rows](Statement& row) {
    rows.push_back({scope_id(row.integer(0)), wall_time(row.integer(1)), row.text(2), row.integer(3) != 0});
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows;
}

}  // namespace ktl::storage

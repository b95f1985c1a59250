// SqliteFile: what was used.
#include <algorithm>

#include "ledger/entry.h"
#include "storage/sqlite/slices.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {
namespace {

constexpr std::int64_t kHourMs = std::int64_t{60} * 60 * 1000;

}  // namespace

Result<std::vector<ledger::Totals>> SqliteFile::totals() {
  const std::lock_guard lock(mutex_);
  auto read = database_.prepare("SELECT scope, requests, prompt, completion FROM usage_total ORDER BY scope");
  if (!read) return tl::unexpected(std::move(read.error()));
  std::vector<ledger::Totals> rows;
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back({static_cast<ScopeId>(read->integer(0)), read->integer(1), read->integer(2), read->integer(3)});
  }
}

// The last hour comes finely out of the ledger, what is before out of the sums by slice, and the piece of a slice in
// which `since` lies (or what is older than the sums reach) out of the ledger again.
Result<std::vector<ledger::UsageSlice>> SqliteFile::usage_since(WallTime since, WallTime now) {
  const std::lock_guard lock(mutex_);
  auto picture = Transaction::begin_read(database_);
  if (!picture) return tl::unexpected(std::move(picture.error()));
  const auto kept_from = database_.query_integer("SELECT value FROM meta WHERE key='slices_kept_from'");
  if (!kept_from) return tl::unexpected(kept_from.error());

  const std::int64_t from = milliseconds(since);
  const std::int64_t fine_from = std::max(from, floor_to(milliseconds(now) - kHourMs, kSliceMs));
  const std::int64_t whole_from = std::min(fine_from, std::max(floor_to(from + kSliceMs - 1, kSliceMs), *kept_from));
  std::vector<ledger::UsageSlice> slices;
  auto read = read_ledger(from, whole_from, kSliceMs, slices);
  if (read) read = read_slices(whole_from, fine_from, slices);
  if (read) read = read_ledger(fine_from, INT64_MAX, kFineSliceMs, slices);
  if (!read) return tl::unexpected(std::move(read.error()));
  for (ledger::UsageSlice& slice : slices) slice.at = std::max(slice.at, since);
  std::sort(slices.begin(), slices.end(), [](const ledger::UsageSlice& a, const ledger::UsageSlice& b) {
    return a.at != b.at ? a.at < b.at : a.scope < b.scope;
  });
  return slices;
}

Result<void> SqliteFile::read_ledger(std::int64_t from_ms, std::int64_t to_ms, std::int64_t slice_ms,
                                     std::vector<ledger::UsageSlice>& out) {
  if (from_ms >= to_ms) return {};
  auto read = database_.prepare(
      "SELECT m.scope, l.slice, SUM(l.requests), SUM(l.tokens) FROM ("
      "  SELECT scope_set, admitted_at_ms/?1 AS slice, COUNT(*) AS requests, SUM(prompt+completion) AS tokens"
      "  FROM ledger WHERE admitted_at_ms>=?2 AND admitted_at_ms<?3 AND kind<>?4 GROUP BY 1, 2"
      "  UNION ALL"
      "  SELECT scope_set, admitted_at_ms/?1, 0, SUM(prompt+completion)"
      "  FROM adjustments WHERE admitted_at_ms>=?2 AND admitted_at_ms<?3 GROUP BY 1, 2) l "
      "JOIN scope_set_members m ON m.scope_set=l.scope_set GROUP BY m.scope, l.slice");
  if (!read) return tl::unexpected(std::move(read.error()));
  read->bind(slice_ms).bind(from_ms).bind(to_ms).bind(static_cast<std::int64_t>(ledger::EntryKind::release));
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    out.push_back({static_cast<ScopeId>(read->integer(0)), wall_time(read->integer(1) * slice_ms), read->integer(2),
                   read->integer(3)});
  }
}

Result<void> SqliteFile::read_slices(std::int64_t from_ms, std::int64_t to_ms, std::vector<ledger::UsageSlice>& out) {
  if (from_ms >= to_ms) return {};
  auto read = database_.prepare("SELECT scope, slice, requests, tokens FROM usage_by_slice WHERE slice>=? AND slice<?");
  if (!read) return tl::unexpected(std::move(read.error()));
  read->bind(from_ms).bind(to_ms);
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    out.push_back(
        {static_cast<ScopeId>(read->integer(0)), wall_time(read->integer(1)), read->integer(2), read->integer(3)});
  }
}

Result<std::vector<DayUsageRow>> SqliteFile::usage_by_day(ScopeKind kind, std::int64_t from_day, std::int64_t to_day) {
  const std::lock_guard lock(mutex_);
  auto read = database_.prepare(
      "SELECT u.day, s.name, u.requests, u.prompt, u.completion FROM usage_by_day u JOIN scopes s ON s.id=u.scope "
      "WHERE s.kind=? AND u.day BETWEEN ? AND ? ORDER BY u.day, s.name");
  if (!read) return tl::unexpected(std::move(read.error()));
  read->bind(static_cast<std::int64_t>(kind)).bind(from_day).bind(to_day);
  std::vector<DayUsageRow> rows;
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back({read->integer(0), kind, read->text(1), read->integer(2), read->integer(3), read->integer(4)});
  }
}

// The rows lie by day, so each day is looked up.
Result<std::vector<ledger::DayUsage>> SqliteFile::days_of(ScopeId scope, std::int64_t from_day, std::int64_t to_day) {
  const std::lock_guard lock(mutex_);
  auto read = database_.prepare(
      "WITH RECURSIVE days(day) AS (SELECT ?1 UNION ALL SELECT day+1 FROM days WHERE day<?2) "
      "SELECT u.day, u.requests, u.prompt, u.completion FROM days d CROSS JOIN usage_by_day u ON u.day=d.day AND u.scope=?3");
  if (!read) return tl::unexpected(std::move(read.error()));
  read->bind(from_day).bind(to_day).bind(static_cast<std::int64_t>(scope));
  std::vector<ledger::DayUsage> days;
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return days;
    days.push_back({read->integer(0), {read->integer(1), read->integer(2), read->integer(3)}});
  }
}

Result<std::vector<DayUsageRow>> SqliteFile::top(ScopeKind kind, std::int64_t from_day, std::int64_t to_day,
                                                 std::int64_t most) {
  const std::lock_guard lock(mutex_);
  auto read = database_.prepare(
      "SELECT s.name, sum(u.requests), sum(u.prompt), sum(u.completion) FROM usage_by_day u JOIN scopes s ON "
      "s.id=u.scope WHERE s.kind=? AND u.day BETWEEN ? AND ? GROUP BY u.scope "
      "ORDER BY sum(u.prompt)+sum(u.completion) DESC, s.name LIMIT ?");
  if (!read) return tl::unexpected(std::move(read.error()));
  read->bind(static_cast<std::int64_t>(kind)).bind(from_day).bind(to_day).bind(most);
  std::vector<DayUsageRow> rows;
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back({from_day, kind, read->text(0), read->integer(1), read->integer(2), read->integer(3)});
  }
}

Result<void> SqliteFile::usage_rows(const ledger::UsageRowsQuery& query,
                                    const ledger::TakeUsageRow& take,
                                    const Progress& progress) {
  const std::lock_guard lock(mutex_);
  return read_usage_rows(database_, query, take, progress);
}

}  // namespace ktl::storage

#include "app/usage_reader.h"

namespace ktl::app {
namespace {

std::int64_t day_of(WallTime at, Millis offset) {
  return std::chrono::floor<std::chrono::days>(at + offset).time_since_epoch().count();
}

WallTime begin_of(std::int64_t day, Millis offset) {
  return WallTime(std::chrono::days(day)) - offset;
}

admin::UsageRow row_of(const storage::DayUsageRow& from, Millis offset) {
  return {from.name,          begin_of(from.day, offset), from.requests, from.prompt_tokens + from.completion_tokens,
          from.prompt_tokens, from.completion_tokens};
}

// The name that the books know the scope by.
bool is_of(const storage::DayUsageRow& row, const gateway::RosterLimits& scope) {
  if (scope.kind == ScopeKind::global) return true;
  return scope.kind == ScopeKind::key ? row.name.starts_with(scope.name) : row.name == scope.name;
}

Result<std::vector<admin::UsageRow>> read_days(storage::SqliteFile& books, Millis offset,
                                               const admin::UsageQuestion& question) {
  const std::int64_t from = day_of(question.from, offset), to = day_of(question.to, offset);
  const auto used = books.usage_by_day(question.kind, from, to);
  if (!used) return tl::unexpected(used.error());
  std::vector<admin::UsageRow> rows;
  for (std::int64_t day = from; day <= to; ++day)
    rows.push_back({question.of.name, begin_of(day, offset), 0, 0, std::int64_t{0}, std::int64_t{0}});
  for (const storage::DayUsageRow& row : *used)
    if (is_of(row, question.of)) rows[static_cast<std::size_t>(row.day - from)] = row_of(row, offset);
  return rows;
}

Result<std::vector<admin::UsageRow>> read_hours(storage::SqliteFile& books, WallTime now,
                                                const admin::UsageQuestion& question) {
  const auto hour_of = [](WallTime at) { return std::chrono::floor<std::chrono::hours>(at); };
  const auto used = books.usage_since(hour_of(question.from), now);
  if (!used) return tl::unexpected(used.error());
  std::vector<admin::UsageRow> rows;
  for (WallTime at = hour_of(question.from); at <= question.to; at += std::chrono::hours(1))
    rows.push_back({question.of.name, at, 0, 0, std::nullopt, std::nullopt});
  for (const ledger::UsageSlice& slice : *used) {
    if (slice.scope != question.of.scope || slice.at < hour_of(question.from)) continue;
    const auto place = static_cast<std::size_t>((hour_of(slice.at) - hour_of(question.from)).count());
    if (place >= rows.size()) continue;
    rows[place].requests += slice.requests;
    rows[place].tokens += slice.tokens;
  }
  return rows;
}

}  // namespace

Result<std::vector<admin::UsageRow>> read_usage(storage::SqliteFile& books, Millis day_offset, WallTime now,
                                                const admin::UsageQuestion& question) {
  if (question.of.scope != ScopeId::none)
    return question.hourly ? read_hours(books, now, question) : read_days(books, day_offset, question);
  const auto most = books.top(question.kind, day_of(question.from, day_offset), day_of(question.to, day_offset),
                              static_cast<std::int64_t>(question.most));
  if (!most) return tl::unexpected(most.error());
  std::vector<admin::UsageRow> rows;
  for (const storage::DayUsageRow& row : *most) rows.push_back(row_of(row, day_offset));
  return rows;
}

}  // namespace ktl::app

#include "storage/sqlite/sqlite_usage_book.h"

#include "ledger/days.h"

namespace ktl::storage {

Result<std::vector<ledger::DayUsage>> SqliteUsageBook::by_day(ScopeKind, ScopeId scope, std::int64_t from,
                                                              std::int64_t to) {
  return file_.days_of(scope, from, to);
}

Result<std::vector<ledger::UsageSlice>> SqliteUsageBook::by_hour(ScopeKind, ScopeId scope, WallTime from, WallTime to) {
  auto slices = file_.usage_since(ledger::hour_begin(ledger::hour_number(from)), to);
  if (!slices) return slices;
  const WallTime end = ledger::hour_begin(ledger::hour_number(to) + 1);
  std::erase_if(*slices, [&](const ledger::UsageSlice& slice) { return slice.scope != scope || slice.at >= end; });
  return slices;
}

Result<std::vector<ledger::NamedUsage>> SqliteUsageBook::most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                                   std::size_t most) {
  auto rows = file_.top(kind, from, to, static_cast<std::int64_t>(most));
  if (!rows) return tl::unexpected(std::move(rows.error()));
  std::vector<ledger::NamedUsage> list;
  for (DayUsageRow& row : *rows)
    list.push_back({std::move(row.name), {row.requests, row.prompt_tokens, row.completion_tokens}});
  return list;
}

Result<std::vector<ledger::NamedDayUsage>> SqliteUsageBook::each_by_day(ScopeKind kind, std::int64_t from,
                                                                        std::int64_t to) {
  auto rows = file_.usage_by_day(kind, from, to);
  if (!rows) return tl::unexpected(std::move(rows.error()));
  std::vector<ledger::NamedDayUsage> list;
  for (DayUsageRow& row : *rows)
    list.push_back({row.day, std::move(row.name), {row.requests, row.prompt_tokens, row.completion_tokens}});
  return ledger::in_order(std::move(list));
}

}  // namespace ktl::storage

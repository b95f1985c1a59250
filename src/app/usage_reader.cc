#include "app/usage_reader.h"

#include "ledger/days.h"

namespace ktl::app {
namespace {

using admin::UsageQuestion;
using admin::UsageRow;
using Rows = std::vector<UsageRow>;

UsageRow row_of(std::string name, WallTime at, const ledger::Sum& sum) {
  return {std::move(name), at, sum.requests, sum.tokens(), sum.prompt, sum.completion};
}

Result<Rows> read_days(ledger::UsageBook& book, Millis offset, const UsageQuestion& question) {
  const std::int64_t from = ledger::day_number(question.from, offset), to = ledger::day_number(question.to, offset);
  const auto used = book.by_day(question.kind, question.of.scope, from, to);
  if (!used) return tl::unexpected(used.error());
  const auto begin_of = [&](std::int64_t day) { return WallTime(std::chrono::days(day)) - offset; };
  Rows rows;
  for (std::int64_t day = from; day <= to; ++day) rows.push_back(row_of(question.of.name, begin_of(day), {}));
  for (const auto& [day, sum] : *used)
    rows[static_cast<std::size_t>(day - from)] = row_of(question.of.name, begin_of(day), sum);
  return rows;
}

Result<Rows> read_hours(ledger::UsageBook& book, const UsageQuestion& question) {
  const auto used = book.by_hour(question.kind, question.of.scope, question.from, question.to);
  if (!used) return tl::unexpected(used.error());
  const std::int64_t from = ledger::hour_number(question.from), to = ledger::hour_number(question.to);
  Rows rows;
  for (std::int64_t hour = from; hour <= to; ++hour)
    rows.push_back({question.of.name, ledger::hour_begin(hour), 0, 0, std::nullopt, std::nullopt});
  for (const ledger::UsageSlice& slice : *used) {
    UsageRow& row = rows[static_cast<std::size_t>(ledger::hour_number(slice.at) - from)];
    row.requests += slice.requests;
    row.tokens += slice.tokens;
  }
  return rows;
}

Result<Rows> read_most(ledger::UsageBook& book, Millis offset, const UsageQuestion& question) {
  auto most = book.most_used(question.kind, ledger::day_number(question.from, offset),
                             ledger::day_number(question.to, offset), question.most);
  if (!most) return tl::unexpected(std::move(most.error()));
  Rows rows;
  for (ledger::NamedUsage& one : *most) rows.push_back(row_of(std::move(one.name), question.from, one.sum));
  return rows;
}

}  // namespace

Result<Rows> read_usage(ledger::UsageBook& book, Millis day_offset, const UsageQuestion& question) {
  if (question.of.scope == ScopeId::none) return read_most(book, day_offset, question);
  return question.hourly ? read_hours(book, question) : read_days(book, day_offset, question);
}

}  // namespace ktl::app

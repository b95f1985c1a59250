#include "storage/sqlite/retention.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "ledger/days.h"
#include "ledger/entry.h"
#include "ledger/sum.h"
#include "storage/sqlite/scope_sets.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {
namespace {

using ledger::Sum;

// Up to which admission the oldest `rows` charges before `before_ms` reach; `before_ms` if there are fewer.
Result<std::int64_t> end_of_oldest(Database& database, std::int64_t oldest, std::int64_t before_ms, std::int64_t rows) {
  auto read = database.prepare(
      "SELECT admitted_at_ms FROM ledger WHERE admitted_at_ms<? ORDER BY admitted_at_ms LIMIT 1 OFFSET ?");
  if (!read) return tl::unexpected(std::move(read.error()));
  const Result<bool> row = read->bind(before_ms).bind(rows).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return before_ms;
  return std::max(read->integer(0), oldest + 1);  // those of one instant go together
}

}  // namespace

Result<bool> Retention::step(Database& database, WallTime now) {
  const std::int64_t today = ledger::day_number(now, day_offset_);
  if (policy_.detail_days > 0) {
    const std::int64_t before_ms = (today - policy_.detail_days) * kDayMs - day_offset_.count();
    const auto more = roll_up_charges(database, before_ms);
    if (!more || *more) return more;
  }
  return policy_.ledger_days > 0 ? give_up_days(database, today - policy_.ledger_days) : false;
}

Result<bool> Retention::roll_up_charges(Database& database, std::int64_t before_ms) {
  const auto oldest =
      database.query_integer(fmt::format("SELECT ifnull(min(admitted_at_ms), {0}) FROM ledger", before_ms));
  if (!oldest) return tl::unexpected(oldest.error());
  if (*oldest >= before_ms) return false;
  const auto end = end_of_oldest(database, *oldest, before_ms, rows_at_once_);
  if (!end) return tl::unexpected(end.error());
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  constexpr std::string_view kAdd =
      "ON CONFLICT DO UPDATE SET requests=requests+excluded.requests, prompt=prompt+excluded.prompt, "
      "completion=completion+excluded.completion, cached=cached+excluded.cached, "
      "reasoning=reasoning+excluded.reasoning";
  auto done = database.execute(
      fmt::format("UPDATE meta SET value=max(value, {0}) WHERE key='detail_kept_from';"
                  "INSERT INTO ledger_by_day(day, scope_set, requests, prompt, completion, cached, reasoning) "
                  "  SELECT coalesce(day, (admitted_at_ms+{1})/{2}), scope_set, count(*), sum(prompt), "
                  "sum(completion), sum(cached), "
                  "  sum(reasoning) FROM ledger WHERE admitted_at_ms<{0} AND kind<>{3} GROUP BY 1, 2 {4};"
                  "INSERT INTO ledger_by_day(day, scope_set, requests, prompt, completion, cached, reasoning) "
                  "  SELECT day, scope_set, 0, sum(prompt), sum(completion), sum(cached), sum(reasoning) "
                  "  FROM adjustments WHERE admitted_at_ms<{0} GROUP BY 1, 2 {4};"
                  "DELETE FROM adjustments WHERE admitted_at_ms<{0};"
                  "DELETE FROM ledger WHERE admitted_at_ms<{0};",
                  *end, day_offset_.count(), kDayMs, static_cast<int>(ledger::EntryKind::release), kAdd));
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return true;
}

// Each set's sum leaves its day and joins what was before, for all of its scopes at once.
Result<bool> Retention::give_up_days(Database& database, std::int64_t before_day) {
  auto sets = ScopeSets::prepare(database);
  auto read = database.prepare(
      "SELECT day, scope_set, requests, prompt, completion FROM ledger_by_day WHERE day<? ORDER BY day, scope_set "
      "LIMIT ?");
  auto take = database.prepare(
      "UPDATE usage_by_day SET requests=requests-?3, prompt=prompt-?4, completion=completion-?5 WHERE day=?1 AND "
      "scope=?2");
  auto clear =
      database.prepare("DELETE FROM usage_by_day WHERE day=? AND scope=? AND requests=0 AND prompt=0 AND completion=0");
  auto give = database.prepare(
      "INSERT INTO usage_before(scope, requests, prompt, completion) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
      "requests=requests+excluded.requests, prompt=prompt+excluded.prompt, completion=completion+excluded.completion");
  auto remove = database.prepare("DELETE FROM ledger_by_day WHERE day=? AND scope_set=?");
  if (!sets) return tl::unexpected(std::move(sets.error()));
  for (auto* statement : {&read, &take, &clear, &give, &remove})
    if (!*statement) return tl::unexpected(std::move(statement->error()));

  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  std::vector<std::pair<std::int64_t, std::int64_t>> gone;  // day, set
  std::map<std::pair<std::int64_t, ScopeId>, Sum> days;
  std::map<ScopeId, Sum> before;
  read->bind(before_day).bind(rows_at_once_);
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const auto set = sets->members(read->integer(1));
    if (!set) return tl::unexpected(set.error());
    const Sum sum{read->integer(2), read->integer(3), read->integer(4)};
    for (const ScopeId scope : set->view()) {
      days[{read->integer(0), scope}] += sum;
      before[scope] += sum;
    }
    gone.emplace_back(read->integer(0), read->integer(1));
  }
  if (gone.empty()) return false;
  Result<void> done;
  const auto number = [](ScopeId scope) { return static_cast<std::int64_t>(scope); };
  for (const auto& [key, sum] : days) {
    take->bind(key.first).bind(number(key.second)).bind(sum.requests).bind(sum.prompt).bind(sum.completion);
    if (done) done = take->run();
    if (done) done = clear->bind(key.first).bind(number(key.second)).run();
  }
  for (const auto& [scope, sum] : before)
    if (done) done = give->bind(number(scope)).bind(sum.requests).bind(sum.prompt).bind(sum.completion).run();
  for (const auto& [day, set] : gone)
    if (done) done = remove->bind(day).bind(set).run();
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return true;
}

}  // namespace ktl::storage

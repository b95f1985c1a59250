#include "storage/sqlite/verification.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "ledger/days.h"
#include "storage/sqlite/scope_sets.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {
namespace {

using ledger::Sum;
using ScopeSums = std::unordered_map<std::int64_t, Sum>;

constexpr std::size_t kMostDifferences = 20;
// A charge's day was counted in some zone, and zones are at most 26 hours apart: its row lies within two days of it.
constexpr std::int64_t kZoneDays = 2;

class Verifier {
 public:
  Verifier(Database& database, Millis day_offset, ScopeSets sets)
      : database_(database), day_offset_(day_offset), sets_(std::move(sets)) {}

  Result<Verification> run(const Progress& progress);

 private:
  struct Span {
    std::int64_t first = INT64_MAX;
    std::int64_t last = INT64_MIN;
    void hold(std::int64_t day) {
      first = std::min(first, day);
      last = std::max(last, day);
    }
  };
  template <class Each>
  Result<void> for_rows(std::string_view sql, std::initializer_list<std::int64_t> values, Each each);
  Result<Span> days();
  Result<void> add_entries(std::int64_t day);
  Result<void> add(std::int64_t day, std::int64_t scope_set, const Sum& sum);
  Result<void> compare_days_before(std::int64_t end);
  Result<void> compare_slices();
  Result<void> compare_totals();
  Result<void> compare(const char* table, std::int64_t piece, ScopeSums expected, std::string_view sql,
                       std::initializer_list<std::int64_t> values);
  void note(const char* table, std::int64_t piece, std::int64_t scope, const Sum& kept, const Sum& recomputed);

  Database& database_;
  const Millis day_offset_;
  ScopeSets sets_;
  std::map<std::int64_t, ScopeSums> days_;  // not yet compared
  std::int64_t compared_before_ = INT64_MIN;
  ScopeSums totals_;
  Verification result_;
};

template <class Each>
Result<void> Verifier::for_rows(std::string_view sql, std::initializer_list<std::int64_t> values, Each each) {
  auto read = database_.prepare(sql);
  if (!read) return tl::unexpected(std::move(read.error()));
  for (const std::int64_t value : values) read->bind(value);
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (Result<void> done = each(*read); !done) return done;
  }
}

Result<Verification> Verifier::run(const Progress& progress) {
  auto picture = Transaction::begin_read(database_);
  if (!picture) return tl::unexpected(std::move(picture.error()));
  const auto span = days();
  if (!span) return tl::unexpected(span.error());
  for (std::int64_t day = span->first; span->first <= span->last && day <= span->last; ++day) {
    if (progress) progress(day - span->first, span->last - span->first + 1);
    auto done = add_entries(day);
    if (done) done = compare_days_before(day - kZoneDays);
    if (!done) return tl::unexpected(std::move(done.error()));
  }
  auto done = compare_days_before(INT64_MAX);
  if (done) done = compare_slices();
  if (done) done = compare_totals();
  if (!done) return tl::unexpected(std::move(done.error()));
  return std::move(result_);
}

Result<Verifier::Span> Verifier::days() {
  Span span;
  const auto hold_ms = [&](Statement& row) {
    if (!row.is_null(0)) span.hold(ledger::day_number(wall_time(row.integer(0)), day_offset_));
    if (!row.is_null(1)) span.hold(ledger::day_number(wall_time(row.integer(1)), day_offset_));
    return Result<void>();
  };
  const auto hold_day = [&](Statement& row) {
    if (!row.is_null(0)) span.hold(row.integer(0));
    if (!row.is_null(1)) span.hold(row.integer(1));
    return Result<void>();
  };
  auto done = for_rows("SELECT (SELECT min(admitted_at_ms) FROM ledger), (SELECT max(admitted_at_ms) FROM ledger)", {},
                       hold_ms);
  if (done)
    done =
        for_rows("SELECT (SELECT min(admitted_at_ms) FROM adjustments), (SELECT max(admitted_at_ms) FROM adjustments)",
                 {}, hold_ms);
  if (done)
    done = for_rows("SELECT (SELECT min(day) FROM ledger_by_day), (SELECT max(day) FROM ledger_by_day)", {}, hold_day);
  if (!done) return tl::unexpected(std::move(done.error()));
  return span;
}

Result<void> Verifier::add_entries(std::int64_t day) {
  const auto add_row = [&](Statement& row) {
    return add(row.integer(0), row.integer(1), {row.integer(2), row.integer(3), row.integer(4)});
  };
  const std::int64_t begin = day * kDayMs - day_offset_.count();
  auto done = for_rows(
      "SELECT coalesce(day, ?), scope_set, count(*), sum(prompt), sum(completion) FROM ledger "
      "WHERE admitted_at_ms>=? AND admitted_at_ms<? AND kind<>? GROUP BY 1, 2",
      {day, begin, begin + kDayMs, static_cast<std::int64_t>(ledger::EntryKind::release)}, add_row);
  if (done)
    done = for_rows(
        "SELECT day, scope_set, 0, sum(prompt), sum(completion) FROM adjustments "
        "WHERE admitted_at_ms>=? AND admitted_at_ms<? GROUP BY 1, 2",
        {begin, begin + kDayMs}, add_row);
  if (done)
    done =
        for_rows("SELECT day, scope_set, requests, prompt, completion FROM ledger_by_day WHERE day=?", {day}, add_row);
  return done;
}

Result<void> Verifier::add(std::int64_t day, std::int64_t scope_set, const Sum& sum) {
  const auto set = sets_.members(scope_set);
  if (!set) return tl::unexpected(set.error());
  result_.charges += sum.requests;
  ScopeSums& sums = days_[day];
  for (const ScopeId scope : set->view()) {
    sums[static_cast<std::int64_t>(scope)] += sum;
    totals_[static_cast<std::int64_t>(scope)] += sum;
  }
  return {};
}

Result<void> Verifier::compare_days_before(std::int64_t end) {
  const auto compare_kept = [&](std::int64_t from, std::int64_t to) {  // days of which no entry is left
    return for_rows(
        "SELECT day, scope, requests, prompt, completion FROM usage_by_day WHERE day>=? AND day<?", {from, to},
        [&](Statement& row) {
          note("usage_by_day", row.integer(0), row.integer(1), {row.integer(2), row.integer(3), row.integer(4)}, {});
          return Result<void>();
        });
  };
  while (!days_.empty() && days_.begin()->first < end) {
    const auto first = days_.begin();
    if (auto done = compare_kept(compared_before_, first->first); !done) return done;
    auto done = compare("usage_by_day", first->first, std::move(first->second),
                        "SELECT scope, requests, prompt, completion FROM usage_by_day WHERE day=?", {first->first});
    if (!done) return done;
    compared_before_ = first->first + 1;
    days_.erase(first);
  }
  if (end != INT64_MAX) return {};
  return compare_kept(compared_before_, INT64_MAX);
}

// Only where both slices and entries are still kept in full.
Result<void> Verifier::compare_slices() {
  const auto slices_from = database_.query_integer("SELECT value FROM meta WHERE key='slices_kept_from'");
  const auto detail_from = database_.query_integer("SELECT value FROM meta WHERE key='detail_kept_from'");
  if (!slices_from || !detail_from) return tl::unexpected((!slices_from ? slices_from : detail_from).error());
  const std::int64_t whole = *detail_from > 0 ? floor_to(*detail_from + kSliceMs - 1, kSliceMs) : *detail_from;
  const std::int64_t from = std::max(*slices_from, whole);
  std::map<std::int64_t, ScopeSums> slices;
  const auto add_row = [&](Statement& row) -> Result<void> {
    const auto set = sets_.members(row.integer(1));
    if (!set) return tl::unexpected(set.error());
    ScopeSums& sums = slices[row.integer(0) * kSliceMs];
    for (const ScopeId scope : set->view())
      sums[static_cast<std::int64_t>(scope)] += {row.integer(2), row.integer(3), 0};
    return {};
  };
  auto done = for_rows(
      "SELECT admitted_at_ms/?, scope_set, count(*), sum(prompt+completion) FROM ledger WHERE admitted_at_ms>=? AND "
      "kind<>? GROUP BY 1, 2",
      {kSliceMs, from, static_cast<std::int64_t>(ledger::EntryKind::release)}, add_row);
  if (done)
    done = for_rows(
        "SELECT admitted_at_ms/?, scope_set, 0, sum(prompt+completion) FROM adjustments WHERE admitted_at_ms>=? GROUP "
        "BY 1, 2",
        {kSliceMs, from}, add_row);
  if (done)
    done = for_rows("SELECT DISTINCT slice FROM usage_by_slice WHERE slice>=?", {from}, [&](Statement& row) {
      slices.try_emplace(row.integer(0));
      return Result<void>();
    });
  for (auto& [slice, sums] : slices) {
    if (!done) return done;
    done = compare("usage_by_slice", slice, std::move(sums),
                   "SELECT scope, requests, tokens, 0 FROM usage_by_slice WHERE slice=?", {slice});
  }
  return done;
}

Result<void> Verifier::compare_totals() {
  auto done = for_rows("SELECT scope, requests, prompt, completion FROM usage_before", {}, [&](Statement& row) {
    totals_[row.integer(0)] += {row.integer(1), row.integer(2), row.integer(3)};
    return Result<void>();
  });
  if (!done) return done;
  return compare("usage_total", 0, std::move(totals_), "SELECT scope, requests, prompt, completion FROM usage_total",
                 {});
}

Result<void> Verifier::compare(const char* table, std::int64_t piece, ScopeSums expected, std::string_view sql,
                               std::initializer_list<std::int64_t> values) {
  auto done = for_rows(sql, values, [&](Statement& row) {
    const Sum kept{row.integer(1), row.integer(2), row.integer(3)};
    const auto found = expected.find(row.integer(0));
    note(table, piece, row.integer(0), kept, found == expected.end() ? Sum{} : found->second);
    if (found != expected.end()) expected.erase(found);
    return Result<void>();
  });
  for (const auto& [scope, sum] : expected) note(table, piece, scope, {}, sum);
  return done;
}

void Verifier::note(const char* table, std::int64_t piece, std::int64_t scope, const Sum& kept, const Sum& recomputed) {
  ++result_.balances;
  if (kept == recomputed) return;
  ++result_.wrong;
  if (result_.differences.size() < kMostDifferences)
    result_.differences.push_back({table, piece, scope, kept, recomputed});
}

}  // namespace

Result<Verification> verify_balances(Database& database, Millis day_offset, const Progress& progress) {
  auto sets = ScopeSets::prepare(database);
  if (!sets) return tl::unexpected(std::move(sets.error()));
  return Verifier(database, day_offset, std::move(*sets)).run(progress);
}

}  // namespace ktl::storage

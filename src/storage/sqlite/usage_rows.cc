#include "storage/sqlite/usage_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.h"
#include "ledger/adjustment.h"
#include "ledger/days.h"
#include "ledger/entry.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {

using ledger::UsageRow;
using ledger::UsageRowsQuery;

namespace {

constexpr std::size_t kMostSets = 65536;
constexpr std::int64_t kTellEvery = 4096;  // rows

struct Owners {
  std::string user, key, key_label, model, groups;

  void name(UsageRow& row) const {
    row.user = user;
    row.key = key;
    row.key_label = key_label;
    row.model = model;
    row.groups = groups;
  }
};

class Reader {
 public:
  Reader(Database& database, const UsageRowsQuery& query, const ledger::TakeUsageRow& take,
         const ledger::Progress& progress)
      : database_(database),
        take_(take),
        progress_(progress),
        from_(milliseconds(query.from)),
        to_(milliseconds(query.to)),
        offset_(query.day_offset) {}

  Result<void> run(const UsageRowsQuery& query);

 private:
  Result<void> prepare();
  Result<void> want_only(ScopeKind kind, const std::string& name);
  bool wanted(std::int64_t scope_set) const { return !only_ || only_->contains(scope_set); }
  Result<void> read_days();
  Result<void> read_entries();
  Result<void> give_charge();
  Result<void> give_adjustment();
  Result<const Owners*> owners_of(std::int64_t scope_set);
  Result<Owners> read_owners(std::int64_t scope_set);
  void tell(std::int64_t at_ms);

  Database& database_;
  const ledger::TakeUsageRow& take_;
  const ledger::Progress& progress_;
  const std::int64_t from_, to_;
  const Millis offset_;
  std::optional<std::unordered_set<std::int64_t>> only_;  // the scope sets that are wanted; none: all
  Statement charges_, adjustments_, members_;
  std::unordered_map<std::int64_t, Owners> owners_;
  std::int64_t first_ms_ = 0, last_ms_ = 0, rows_ = 0;
};

Result<void> Reader::prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&charges_,
       "SELECT admitted_at_ms, charge_id, ended_at_ms, kind, outcome, scope_set, reserved, prompt, completion, cached, "
       "reasoning FROM ledger WHERE admitted_at_ms>=? AND admitted_at_ms<? ORDER BY admitted_at_ms, charge_id"},
      {&adjustments_,
       "SELECT admitted_at_ms, charge_id, adjusted_at_ms, source, scope_set, prompt, completion, cached, reasoning, "
       "reason FROM adjustments WHERE admitted_at_ms>=? AND admitted_at_ms<? ORDER BY admitted_at_ms, charge_id, id"},
      {&members_,
       "SELECT s.kind, s.name, k.label FROM scope_set_members m JOIN scopes s ON s.id=m.scope LEFT JOIN api_keys k ON "
       "k.scope=m.scope AND s.kind=1 WHERE m.scope_set=? ORDER BY m.position"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return {};
}

// Of the sets wanted so far, those with this scope.
Result<void> Reader::want_only(ScopeKind kind, const std::string& name) {
  if (name.empty()) return {};
  auto find = database_.prepare("SELECT id FROM scopes WHERE kind=? AND name=?");
  auto read = database_.prepare("SELECT scope_set FROM scope_set_members WHERE scope=?");
  if (!find || !read) return tl::unexpected((!find ? find : read).error());
  const Result<bool> found = find->bind(static_cast<std::int64_t>(kind)).bind(std::string_view(name)).step();
  if (!found) return tl::unexpected(found.error());
  if (!*found)
    return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no {} named {}", name_of(kind), name));
  std::unordered_set<std::int64_t> with_it;
  read->bind(find->integer(0));
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    if (wanted(read->integer(0))) with_it.insert(read->integer(0));
  }
  only_ = std::move(with_it);
  return {};
}

Result<void> Reader::run(const UsageRowsQuery& query) {
  auto done = database_.execute("PRAGMA cache_size=-65536");
  if (done) done = prepare();
  if (!done) return done;
  auto picture = Transaction::begin_read(database_);
  if (!picture) return tl::unexpected(std::move(picture.error()));
  done = want_only(ScopeKind::user, query.user);
  if (done) done = want_only(ScopeKind::model, query.model);
  const auto first = database_.query_integer("SELECT ifnull(min(admitted_at_ms), 0) FROM ledger");
  const auto last = database_.query_integer("SELECT ifnull(max(admitted_at_ms), 0) FROM ledger");
  if (done && (!first || !last)) return tl::unexpected((!first ? first : last).error());
  if (!done) return done;
  first_ms_ = std::max(from_, *first);
  last_ms_ = std::min(to_, *last);
  done = read_days();
  if (done) done = read_entries();
  return done;
}

Result<void> Reader::read_days() {
  auto read = database_.prepare(
      "SELECT day, scope_set, requests, prompt, completion, cached, reasoning FROM ledger_by_day WHERE day>=? AND "
      "day<? "
      "ORDER BY day, scope_set");
  if (!read) return tl::unexpected(std::move(read.error()));
  const std::int64_t whole_from = ledger::day_number(wall_time(from_ - 1), offset_) + 1;
  read->bind(whole_from).bind(ledger::day_number(wall_time(to_), offset_));
  for (;;) {
    const Result<bool> row = read->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (!wanted(read->integer(1))) continue;
    const auto owners = owners_of(read->integer(1));
    if (!owners) return tl::unexpected(owners.error());
    const std::int64_t begin = read->integer(0) * kDayMs - offset_.count();
    UsageRow out;
    out.entry = "rollup";
    out.admitted = wall_time(begin);
    out.ended = wall_time(begin + kDayMs);
    (*owners)->name(out);
    out.requests = read->integer(2);
    out.usage = {read->integer(3), read->integer(4), read->integer(5), read->integer(6)};
    if (auto taken = take_(out); !taken) return taken;
  }
}

// Both are in order of admission and charge, so they are merged as they come.
Result<void> Reader::read_entries() {
  charges_.bind(from_).bind(to_);
  adjustments_.bind(from_).bind(to_);
  Result<bool> charge = charges_.step();
  Result<bool> adjustment = adjustments_.step();
  for (;;) {
    if (!charge || !adjustment) return tl::unexpected((!charge ? charge : adjustment).error());
    if (!*charge && !*adjustment) return {};
    const auto place = [](const Statement& at) { return std::pair(at.integer(0), at.integer(1)); };
    const bool charge_first = *charge && (!*adjustment || place(charges_) <= place(adjustments_));
    auto given = charge_first ? give_charge() : give_adjustment();
    if (!given) return given;
    if (charge_first)
      charge = charges_.step();
    else
      adjustment = adjustments_.step();
  }
}

Result<void> Reader::give_charge() {
  if (++rows_ % kTellEvery == 0) tell(charges_.integer(0));
  if (!wanted(charges_.integer(5))) return {};
  const auto owners = owners_of(charges_.integer(5));
  if (!owners) return tl::unexpected(owners.error());
  const auto kind = static_cast<ledger::EntryKind>(charges_.integer(3));
  UsageRow out;
  out.entry = ledger::name_of(kind);
  out.admitted = wall_time(charges_.integer(0));
  const std::string charge = charges_.text(1);
  out.charge = charge;
  out.ended = wall_time(charges_.integer(2));
  out.outcome = ledger::name_of(static_cast<ledger::Outcome>(charges_.integer(4)));
  (*owners)->name(out);
  out.reserved = charges_.integer(6);
  out.usage = {charges_.integer(7), charges_.integer(8), charges_.integer(9), charges_.integer(10)};
  out.requests = ledger::sum_of(kind, out.usage).requests;
  return take_(out);
}

Result<void> Reader::give_adjustment() {
  if (!wanted(adjustments_.integer(4))) return {};
  const auto owners = owners_of(adjustments_.integer(4));
  if (!owners) return tl::unexpected(owners.error());
  const std::string reason = adjustments_.text(9);
  UsageRow out;
  out.entry = ledger::name_of(ledger::EntryKind::adjust);
  out.admitted = wall_time(adjustments_.integer(0));
  const std::string charge = adjustments_.text(1);
  out.charge = charge;
  out.ended = wall_time(adjustments_.integer(2));
  out.outcome = ledger::name_of(static_cast<ledger::AdjustmentSource>(adjustments_.integer(3)));
  (*owners)->name(out);
  out.usage = {adjustments_.integer(5), adjustments_.integer(6), adjustments_.integer(7), adjustments_.integer(8)};
  out.reason = reason;
  return take_(out);
}

Result<const Owners*> Reader::owners_of(std::int64_t scope_set) {
  if (const auto known = owners_.find(scope_set); known != owners_.end()) return &known->second;
  auto owners = read_owners(scope_set);
  if (!owners) return tl::unexpected(std::move(owners.error()));
  if (owners_.size() >= kMostSets) owners_.clear();
  return &owners_.emplace(scope_set, std::move(*owners)).first->second;
}

Result<Owners> Reader::read_owners(std::int64_t scope_set) {
  Owners owners;
  members_.bind(scope_set);
  for (;;) {
    const Result<bool> row = members_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return owners;
    std::string name = members_.text(1);
    switch (static_cast<ScopeKind>(members_.integer(0))) {
      case ScopeKind::user:
        owners.user = std::move(name);
        break;
      case ScopeKind::key:
        owners.key = std::move(name);
        owners.key_label = members_.text(2);
        break;
      case ScopeKind::model:
        owners.model = std::move(name);
        break;
      case ScopeKind::group:
        owners.groups += (owners.groups.empty() ? "" : ", ") + name;
        break;
      case ScopeKind::global:
        break;
    }
  }
}

void Reader::tell(std::int64_t at_ms) {
  if (progress_) progress_(at_ms - first_ms_, last_ms_ - first_ms_ + 1);
}

}  // namespace

Result<void> read_usage_rows(Database& database, const UsageRowsQuery& query,
                             const ledger::TakeUsageRow& take, const ledger::Progress& progress) {
  return Reader(database, query, take, progress).run(query);
}

}  // namespace ktl::storage

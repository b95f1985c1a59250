#include "storage/sqlite/bookkeeper.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/days.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {
namespace {

using ledger::Entry;
using ledger::EntryKind;

constexpr std::int64_t kKeepSlicesMs = 3 * kDayMs;
constexpr std::int64_t kPruneEveryMs = std::int64_t{60} * 60 * 1000;
constexpr std::size_t kRowsAtOnce = 32;

// A charge that has its row already keeps it.
std::string insert_into_ledger(std::size_t rows) {
  std::string sql =
      "INSERT OR IGNORE INTO ledger(charge_id, admitted_at_ms, ended_at_ms, kind, outcome, scope_set, reserved, "
      "prompt, completion, cached, reasoning, day) VALUES";
  for (std::size_t i = 0; i < rows; ++i) sql += i == 0 ? "(?,?,?,?,?,?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?,?,?,?,?,?)";
  return sql;
}

}  // namespace

std::size_t Bookkeeper::Hash::operator()(const SetAndSlice& key) const {
  const auto mixed = (static_cast<std::uint64_t>(key.scope_set) << 32) ^ static_cast<std::uint64_t>(key.slice);
  return static_cast<std::size_t>(mixed * 0x9E3779B97F4A7C15U >> 16);
}

Result<std::unique_ptr<Bookkeeper>> Bookkeeper::create(Database database, Millis day_offset) {
  std::unique_ptr<Bookkeeper> bookkeeper(new Bookkeeper(std::move(database), day_offset));
  if (auto prepared = bookkeeper->prepare(); !prepared) return tl::unexpected(std::move(prepared.error()));
  return bookkeeper;
}

Result<void> Bookkeeper::prepare() {
  auto sets = ScopeSets::prepare(database_);
  if (!sets) return tl::unexpected(std::move(sets.error()));
  sets_ = std::make_unique<ScopeSets>(std::move(*sets));
  auto adjuster = Adjuster::prepare(database_, day_offset_);
  if (!adjuster) return tl::unexpected(std::move(adjuster.error()));
  adjuster_ = std::make_unique<Adjuster>(std::move(*adjuster));
  auto usage_sums = UsageSums::prepare(database_);
  if (!usage_sums) return tl::unexpected(std::move(usage_sums.error()));
  usage_sums_ = std::make_unique<UsageSums>(std::move(*usage_sums));
  const std::string insert_row = insert_into_ledger(1);
  const std::string insert_rows = insert_into_ledger(kRowsAtOnce);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&insert_row_, insert_row},
      {&insert_rows_, insert_rows},
      {&insert_open_,
       "INSERT OR IGNORE INTO open_reservations(charge_id, admitted_at_ms, scope_set, reserved) VALUES(?,?,?,?)"},
      {&take_open_, "DELETE FROM open_reservations WHERE charge_id=? RETURNING admitted_at_ms, scope_set, reserved"},
      {&read_opens_, "SELECT charge_id, admitted_at_ms, scope_set, reserved FROM open_reservations ORDER BY charge_id"},
      {&move_, "UPDATE journal_position SET segment=?, slot=? WHERE segment=? AND slot=?"},
      {&read_position_, "SELECT segment, slot FROM journal_position"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return {};
}

Result<void> Bookkeeper::book(std::span<const Entry> entries, Position begin, Position next, WallTime now) {
  // After a commit that failed half-way the database itself says whether the batch is in it.
  const auto standing = position();
  if (!standing) return tl::unexpected(standing.error());
  if (*standing == next && begin != next) return {};
  one_by_one_ = false;
  auto booked = book_at_once(entries, begin, next, now);
  if (!booked && booked.error().code == ErrorCode::conflict) {
    one_by_one_ = true;
    booked = book_at_once(entries, begin, next, now);
  }
  return booked;
}

Result<void> Bookkeeper::book_at_once(std::span<const Entry> entries, Position begin, Position next, WallTime now) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto written = write(entries, begin, next, now);
  if (written) written = transaction->commit();
  if (!written) sets_->forget();
  return written;
}

Result<void> Bookkeeper::write(std::span<const Entry> entries, Position begin, Position next, WallTime now) {
  sums_.clear();
  usage_sums_->forget();
  rows_.clear();
  if (auto gathered = gather_opens(entries); !gathered) return gathered;
  for (const Entry& entry : entries) {
    if (entry.kind == EntryKind::open) continue;
    if (auto ended = end_charge(entry); !ended) return ended;
  }
  if (auto written = write_ledger(); !written) return written;
  if (auto kept = keep_unended(); !kept) return kept;
  if (auto added = add_up(); !added) return added;
  if (auto pruned = prune_slices(now); !pruned) return pruned;
  return move_position(begin, next);
}

Result<void> Bookkeeper::gather_opens(std::span<const Entry> entries) {
  opens_.clear();
  for (const Entry& entry : entries) {
    if (entry.kind != EntryKind::open) continue;
    const auto set = sets_->number_of({entry.scopes, entry.scope_count});
    if (!set) return tl::unexpected(set.error());
    opens_.push_back(
        {static_cast<std::uint64_t>(entry.charge), milliseconds(entry.at), *set, entry.reserved_tokens, false});
  }
  const auto by_charge = [](const Open& a, const Open& b) { return a.charge < b.charge; };
  if (!std::is_sorted(opens_.begin(), opens_.end(), by_charge)) std::sort(opens_.begin(), opens_.end(), by_charge);
  return {};
}

Result<void> Bookkeeper::end_charge(const Entry& ending) {
  const auto charge = static_cast<std::uint64_t>(ending.charge);
  const auto open =
      std::lower_bound(opens_.begin(), opens_.end(), charge,
                       [](const Open& candidate, std::uint64_t wanted) { return candidate.charge < wanted; });
  if (open == opens_.end() || open->charge != charge) return end_earlier_charge(ending);
  if (open->ended) return {};
  open->ended = true;
  note_ended(*open, ending);
  return {};
}

Result<void> Bookkeeper::end_earlier_charge(const Entry& ending) {
  const Result<bool> taken = take_open_.bind(static_cast<std::int64_t>(ending.charge)).step();
  if (!taken) return tl::unexpected(taken.error());
  if (!*taken) return ending.kind == EntryKind::settle ? settle_late(ending) : Result<void>();
  const Open open{static_cast<std::uint64_t>(ending.charge), take_open_.integer(0), take_open_.integer(1),
                  take_open_.integer(2), true};
  take_open_.reset();
  note_ended(open, ending);
  return {};
}

Result<void> Bookkeeper::settle_late(const Entry& settlement) {
  const auto written = adjuster_->late_settlement(settlement.charge, settlement.usage, settlement.at);
  if (!written) return tl::unexpected(written.error());
  if (!*written) return {};
  const auto set = sets_->members((*written)->scope_set);
  if (!set) return tl::unexpected(set.error());
  usage_sums_->add(set->view(), floor_to((*written)->admitted_at_ms, kSliceMs), (*written)->day, (*written)->sum);
  return {};
}

void Bookkeeper::note_ended(const Open& open, const Entry& ending) {
  TokenUsage usage = ledger::owed(ending.kind) ? ending.usage : TokenUsage{};
  if (ending.kind == EntryKind::expire) usage = {open.reserved, 0, 0, 0};
  rows_.push_back({open.charge, open.admitted_at_ms, milliseconds(ending.at), ending.kind, ending.outcome,
                   open.scope_set, open.reserved, usage});
}

Result<void> Bookkeeper::write_ledger() {
  std::span<const LedgerRow> left(rows_);
  while (!left.empty()) {
    const bool many = left.size() >= kRowsAtOnce && !one_by_one_;
    const std::size_t count = many ? kRowsAtOnce : 1;
    if (auto written = write_ledger_rows(many ? insert_rows_ : insert_row_, left.first(count)); !written)
      return written;
    left = left.subspan(count);
  }
  return {};
}

// Sums may hold only what became a row. Where one of many rows was there already, nobody knows which: conflict.
Result<void> Bookkeeper::write_ledger_rows(Statement& statement, std::span<const LedgerRow> rows) {
  for (const LedgerRow& row : rows) {
    statement.bind(static_cast<std::int64_t>(row.charge))
        .bind(row.admitted_at_ms)
        .bind(row.ended_at_ms)
        .bind(static_cast<std::int64_t>(row.kind))
        .bind(static_cast<std::int64_t>(row.outcome))
        .bind(row.scope_set)
        .bind(row.reserved)
        .bind(row.usage.prompt)
        .bind(row.usage.completion)
        .bind(row.usage.cached)
        .bind(row.usage.reasoning)
        .bind(ledger::day_number(wall_time(row.admitted_at_ms), day_offset_));
  }
  if (auto inserted = statement.run(); !inserted) return inserted;
  if (database_.changes() != static_cast<std::int64_t>(rows.size())) {
    if (rows.size() == 1) return {};
    return fail(ErrorCode::conflict, ErrorSource::storage, "a charge has its row in the ledger already");
  }
  for (const LedgerRow& row : rows) {
    if (!ledger::owed(row.kind)) continue;
    sums_[{row.scope_set, floor_to(row.admitted_at_ms, kSliceMs)}] += ledger::sum_of(row.kind, row.usage);
  }
  return {};
}

Result<void> Bookkeeper::keep_unended() {
  for (const Open& open : opens_) {
    if (open.ended) continue;
    auto inserted = insert_open_.bind(static_cast<std::int64_t>(open.charge))
                        .bind(open.admitted_at_ms)
                        .bind(open.scope_set)
                        .bind(open.reserved)
                        .run();
    if (!inserted) return inserted;
  }
  return {};
}

Result<void> Bookkeeper::add_up() {
  for (const auto& [key, sum] : sums_) {
    const auto set = sets_->members(key.scope_set);
    if (!set) return tl::unexpected(set.error());
    usage_sums_->add(set->view(), key.slice, ledger::day_number(wall_time(key.slice), day_offset_), sum);
  }
  return usage_sums_->write();
}

Result<void> Bookkeeper::move_position(Position begin, Position next) {
  auto moved = move_.bind(std::int64_t{next.segment})
                   .bind(std::int64_t{next.slot})
                   .bind(std::int64_t{begin.segment})
                   .bind(std::int64_t{begin.slot})
                   .run();
  if (!moved) return moved;
  if (database_.changes() == 1) return {};
  return fail(ErrorCode::conflict, ErrorSource::storage, "the journal position is not where this gateway left it");
}

Result<void> Bookkeeper::prune_slices(WallTime now) {
  if (milliseconds(now) < prune_at_ms_) return {};
  const std::int64_t kept_from = floor_to(milliseconds(now) - kKeepSlicesMs, kSliceMs);
  auto pruned =
      database_.execute(fmt::format("DELETE FROM usage_by_slice WHERE slice<{0};"
                                    "UPDATE meta SET value=max(value,{0}) WHERE key='slices_kept_from';",
                                    kept_from));
  if (pruned) prune_at_ms_ = milliseconds(now) + kPruneEveryMs;
  return pruned;
}

Result<Bookkeeper::Expired> Bookkeeper::expire_open(Position begin, Position next, WallTime now) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  sums_.clear();
  usage_sums_->forget();
  rows_.clear();
  opens_.clear();
  Expired expired;
  for (;;) {
    const Result<bool> row = read_opens_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    opens_.push_back({static_cast<std::uint64_t>(read_opens_.integer(0)), read_opens_.integer(1),
                      read_opens_.integer(2), read_opens_.integer(3), true});
  }
  for (const Open& open : opens_) {
    Entry ending;
    ending.kind = EntryKind::expire;
    ending.outcome = ledger::Outcome::gateway_died;
    ending.at = now;
    note_ended(open, ending);
    ++expired.charges;
    expired.tokens += open.reserved;
  }
  one_by_one_ = true;  // rare, and the safe way
  auto done = write_ledger();
  if (done) done = add_up();
  if (done) done = database_.execute("DELETE FROM open_reservations");
  if (done) done = move_position(begin, next);
  if (done) done = transaction->commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return expired;
}

Result<Position> Bookkeeper::position() {
  const Result<bool> row = read_position_.step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return fail(ErrorCode::io, ErrorSource::storage, "the database has no journal position");
  const Position position{static_cast<std::uint32_t>(read_position_.integer(0)),
                          static_cast<std::uint32_t>(read_position_.integer(1))};
  read_position_.reset();
  return position;
}

}  // namespace ktl::storage

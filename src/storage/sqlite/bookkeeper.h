#pragma once
// Turns journal entries into rows: the ledger, the open reservations and the sums, together with the position in the
// journal, in one transaction. Therefore each entry is booked exactly once, whatever crashes when.
//
// An open and its ending in the same call become one ledger row at once. An ending whose charge is not open is ignored,
// but for the settlement of a charge that was closed by expiry: it becomes an adjustment (adjuster.h).
// Belongs to one thread at a time (the owner serialises).
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "ledger/sum.h"
#include "storage/journal/journal.h"
#include "storage/sqlite/adjuster.h"
#include "storage/sqlite/scope_sets.h"
#include "storage/sqlite/usage_sums.h"

namespace ktl::storage {

class Bookkeeper {
 public:
  static Result<std::unique_ptr<Bookkeeper>> create(Database database, Millis day_offset);

  // Books `entries`, which lie at [begin, next) of the journal. On failure nothing has changed and the same call may be
  // made again. `now` is for house-keeping only (old slices).
  Result<void> book(std::span<const ledger::Entry> entries, Position begin, Position next, WallTime now);

  // Ends every open reservation as `expire`, charged what was reserved, and moves the position. For recovery.
  struct Expired {
    std::int64_t charges = 0;
    std::int64_t tokens = 0;
  };
  Result<Expired> expire_open(Position begin, Position next, WallTime now);

  Result<Position> position();
  Database& database() { return database_; }

 private:
  struct Open {
    std::uint64_t charge;
    std::int64_t admitted_at_ms;
    std::int64_t scope_set;
    std::int64_t reserved;
    bool ended;
  };
  struct LedgerRow {
    std::uint64_t charge;
    std::int64_t admitted_at_ms;
    std::int64_t ended_at_ms;
    ledger::EntryKind kind;
    ledger::Outcome outcome;
    std::int64_t scope_set;
    std::int64_t reserved;
    TokenUsage usage;
  };
  struct SetAndSlice {
    std::int64_t scope_set;
    std::int64_t slice;
    friend bool operator==(const SetAndSlice&, const SetAndSlice&) = default;
  };
  struct Hash {
    std::size_t operator()(const SetAndSlice& key) const;
  };

  Bookkeeper(Database database, Millis day_offset) : database_(std::move(database)), day_offset_(day_offset) {}
  Result<void> prepare();
  Result<void> book_at_once(std::span<const ledger::Entry> entries, Position begin, Position next, WallTime now);
  Result<void> write(std::span<const ledger::Entry> entries, Position begin, Position next, WallTime now);
  Result<void> gather_opens(std::span<const ledger::Entry> entries);
  Result<void> end_charge(const ledger::Entry& ending);
  Result<void> end_earlier_charge(const ledger::Entry& ending);
  Result<void> settle_late(const ledger::Entry& settlement);
  void note_ended(const Open& open, const ledger::Entry& ending);
  Result<void> write_ledger();
  Result<void> write_ledger_rows(Statement& statement, std::span<const LedgerRow> rows);
  Result<void> keep_unended();
  Result<void> add_up();
  Result<void> move_position(Position begin, Position next);
  Result<void> prune_slices(WallTime now);

  Database database_;
  Millis day_offset_;
  std::unique_ptr<ScopeSets> sets_;
  std::unique_ptr<Adjuster> adjuster_;
  std::unique_ptr<UsageSums> usage_sums_;
  Statement insert_row_;
  Statement insert_rows_;  // kRowsAtOnce of them, for half the price
  Statement insert_open_;
  Statement take_open_;
  Statement read_opens_;
  Statement move_;
  Statement read_position_;
  bool one_by_one_ = false;
  std::vector<Open> opens_;  // of this call, by charge
  std::vector<LedgerRow> rows_;
  std::unordered_map<SetAndSlice, ledger::Sum, Hash> sums_;
  std::int64_t prune_at_ms_ = INT64_MIN;
};

}  // namespace ktl::storage

// SqliteFile: the ledger's entries, corrected and checked.
#include "storage/sqlite/adjuster.h"
#include "storage/sqlite/scope_sets.h"
#include "storage/sqlite/slices.h"
#include "storage/sqlite/sqlite_file.h"
#include "storage/sqlite/usage_sums.h"

namespace ktl::storage {

Result<void> SqliteFile::correct(const ledger::Adjustment& adjustment, Millis day_offset) {
  const std::lock_guard lock(mutex_);
  auto adjuster = Adjuster::prepare(database_, day_offset);
  if (!adjuster) return tl::unexpected(std::move(adjuster.error()));
  auto sets = ScopeSets::prepare(database_);
  if (!sets) return tl::unexpected(std::move(sets.error()));
  auto sums = UsageSums::prepare(database_);
  if (!sums) return tl::unexpected(std::move(sums.error()));
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const auto written = adjuster->correction(adjustment);
  if (!written) return tl::unexpected(written.error());
  const auto set = sets->members(written->scope_set);
  if (!set) return tl::unexpected(set.error());
  sums->add(set->view(), floor_to(written->admitted_at_ms, kSliceMs), written->day, written->sum);
  auto done = sums->write();
  if (done) done = transaction->commit();
  return done;
}

Result<Verification> SqliteFile::verify(Millis day_offset, const Progress& progress) {
  const std::lock_guard lock(mutex_);
  return verify_balances(database_, day_offset, progress);
}

}  // namespace ktl::storage

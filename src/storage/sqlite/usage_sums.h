#pragma once
// Adds to the sums that are kept beside the ledger for each scope: by slice, by day, and altogether. Collects first, so
// that each row is touched once, in the order in which the tables lie. Belongs to the thread of its Database.
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "ledger/sum.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

class UsageSums {
 public:
  static Result<UsageSums> prepare(Database& database);

  // `sum` was admitted in `slice` (its begin, in ms), which lies in `day`.
  void add(std::span<const ScopeId> scopes, std::int64_t slice, std::int64_t day, const ledger::Sum& sum);
  // Writes what was collected, inside the caller's transaction, and forgets it.
  Result<void> write();
  // Forgets what was collected: the transaction was rolled back.
  void forget();

 private:
  Result<void> write_slices();
  Result<void> write_days();
  Result<void> write_totals();

  Statement add_slice_;
  Statement add_day_;
  Statement add_total_;
  std::map<std::pair<std::int64_t, ScopeId>, ledger::Sum> by_slice_;
  std::map<std::pair<std::int64_t, ScopeId>, ledger::Sum> by_day_;
  std::map<ScopeId, ledger::Sum> by_scope_;
};

}  // namespace ktl::storage

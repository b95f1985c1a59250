#pragma once
// Recomputes every balance from the entries of the ledger and compares it with the sums that are kept beside it:
// by day, by slice and altogether, of each scope. The entries are the truth; a difference means that a sum is wrong.
//
// Reads one picture of the file, day by day, while others write. Time: the size of the ledger (about a second for a
// million entries); memory: the scopes that were used, not the entries.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ledger/sum.h"
#include "ledger/usage_row.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

using ledger::Progress;

// A sum that is not what the entries add up to.
struct Difference {
  std::string table;       // usage_by_day, usage_by_slice, usage_total
  std::int64_t piece = 0;  // the day, the slice (ms); 0 for a total
  std::int64_t scope = 0;
  ledger::Sum kept;  // a slice keeps tokens only: in `prompt`
  ledger::Sum recomputed;
};

struct Verification {
  std::int64_t charges = 0;             // that owe something, rolled-up ones included
  std::int64_t balances = 0;            // compared
  std::int64_t wrong = 0;               // of them
  std::vector<Difference> differences;  // the first of those
};

// `day_offset`: for charges booked before days were written down with them. Errors: io, unavailable.
Result<Verification> verify_balances(Database& database, Millis day_offset, const Progress& progress = {});

}  // namespace ktl::storage

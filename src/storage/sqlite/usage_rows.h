#pragma once
// The ledger in the SQLite file, row by row (ledger/usage_row.h).
#include "ledger/usage_row.h"
#include "storage/sqlite/verification.h"

namespace ktl::storage {

// Rolled-up days first, then by admission. Reads one picture of the file, in constant memory; nobody waits for it, but
// SQLite's write-ahead log grows until it is done.
// Errors: not_found (no such user or model), io, unavailable; what `take` ended it by.
Result<void> read_usage_rows(Database& database, const ledger::UsageRowsQuery& query, const ledger::TakeUsageRow& take,
                             const ledger::Progress& progress = {});

}  // namespace ktl::storage

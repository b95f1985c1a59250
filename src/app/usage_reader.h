#pragma once
// What was used, out of the books of one gateway (the SQLite file), in buckets for charts and as a list of the most.
#include <vector>

#include "admin/management.h"
#include "base/clock.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::app {

// Reads the file once; blocks. Hours are told as sums alone. Errors: the store's.
Result<std::vector<admin::UsageRow>> read_usage(storage::SqliteFile& books, Millis day_offset, WallTime now,
                                                const admin::UsageQuestion& question);

}  // namespace ktl::app

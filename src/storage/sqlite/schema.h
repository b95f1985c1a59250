#pragma once
// The tables of the SQLite file, and how older files become newer ones (forward only).
#include "storage/sqlite/database.h"

namespace ktl::storage {

inline constexpr std::int64_t kSchemaVersion = 3;

// Brings the file to kSchemaVersion, each step in a transaction of its own. A newer file is refused (conflict).
Result<void> migrate(Database& database);

// Is the file exactly at kSchemaVersion? For those who may not migrate: says which side is too old (conflict).
Result<void> check_version(Database& database);

}  // namespace ktl::storage

#pragma once
// Copies a SQLite file page by page while others write to it, and gives files their final names safely.
#include <string>

#include "base/result.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/verification.h"

namespace ktl::storage {

// `from` as it is when the call begins, into the new file `to` (replaced if there). One picture is held all the time:
// nobody waits, but the source's write-ahead log grows meanwhile.
Result<void> copy_file(Database& from, const std::string& to, const Progress& progress);

// Makes the file one that stands alone, without SQLite's write-ahead log beside it.
Result<void> make_single_file(Database& database);

// What is in the file survives a power loss.
Result<void> sync_file(const std::string& path);
// Renames, replacing `to`, and makes the name survive a power loss.
Result<void> rename_for_good(const std::string& from, const std::string& to);

// Removes a SQLite file and what SQLite keeps beside it; fine if it is not there.
void remove_file(const std::string& path);

}  // namespace ktl::storage

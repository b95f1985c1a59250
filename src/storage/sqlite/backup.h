#pragma once
// Copies the books into one file while the gateway runs, and puts such a file in the place of the books.
//
// A backup holds everything that was acknowledged before it began: the SQLite file, and booked into the copy what then
// lay in the journal only. Charges that were open are open in it; the start after a restore charges them as reserved,
// as after a crash. The journal of the replaced books never reaches the restored ones.
#include <string>

#include "storage/sqlite/verification.h"

namespace ktl::storage {

struct BackupReport {
  std::int64_t bytes = 0;
  std::uint64_t from_journal = 0;  // entries that were not yet in the SQLite file, or had been booked since
};

// Writes `target`, under another name until it is whole. Errors: conflict (`target` exists; the file is of another
// version), not_found (no books at `path`), io, unavailable.
Result<BackupReport> back_up(const std::string& path, const std::string& target, Millis day_offset, WallTime now,
                             const Progress& progress = {});

struct RestoreReport {
  Verification verification;
  std::string replaced;  // where the books are now that stood at `path`; empty if there were none
};

// Checks a copy of `backup` (SQLite's integrity_check, the schema, every balance), and only if all is well puts it at
// `path`; what stood there is kept beside it as "<path>.replaced-<time>", with its journal, and can be opened under
// that name. May be interrupted at any point: then either the old books or the new ones stand there. Errors: conflict
// (a gateway runs; balances are wrong; a newer program's file), invalid (damaged, or not ours), not_found, io.
Result<RestoreReport> restore(const std::string& backup, const std::string& path, Millis day_offset, WallTime now,
                              const Progress& progress = {});

}  // namespace ktl::storage

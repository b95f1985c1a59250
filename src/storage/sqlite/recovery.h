#pragma once
// After a start: books what the journal still holds, closes every charge that was left open, and says where the new
// journal begins. May be interrupted at any point and run again.
#include <string>

#include "storage/journal/segment.h"
#include "storage/sqlite/bookkeeper.h"

namespace ktl::storage {

struct RecoveryReport {
  std::uint64_t replayed = 0;  // booked from the journal
  std::uint64_t torn = 0;      // skipped: damaged by a power loss before they were synced, never acknowledged as synced
  std::int64_t expired = 0;    // charges closed by rule
  std::int64_t expired_tokens = 0;
  std::uint32_t first_segment = 1;  // for the new journal
  // The books had read from a journal that is not there now: what it held beyond them, if anything, is lost.
  bool journal_missing = false;
};

// Books the records of one old segment from `position` on; leaves `position` at the begin of the next segment.
Result<void> book_segment(const OldSegment& old, Bookkeeper& bookkeeper, WallTime now, Position& position,
                          RecoveryReport& report);

// The journal must belong to `journal_id` (conflict otherwise); an unreadable or missing segment is an error, never
// skipped.
Result<RecoveryReport> recover(const std::string& directory, std::uint64_t journal_id, Bookkeeper& bookkeeper,
                               WallTime now);

}  // namespace ktl::storage

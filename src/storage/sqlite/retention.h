#pragma once
// What becomes of old books: after `detail_days` single charges are summed up by day and set of scopes and removed,
// after `ledger_days` those days too; what they came to stays in the totals for ever.
//
// Works in small pieces, each a transaction of its own after which every balance is right, so that nobody waits long
// for the file. Whole days of the configured zone. Belongs to the thread of its Database.
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

struct RetentionPolicy {
  std::int64_t detail_days = 0;  // 0: for ever; else at least kFewestDetailDays
  std::int64_t ledger_days = 0;  // 0: for ever; else not less than detail_days
};

// The limits' windows are rebuilt from single charges, so those of the last days must be there.
inline constexpr std::int64_t kFewestDetailDays = 7;

class Retention {
 public:
  Retention(RetentionPolicy policy, Millis day_offset, std::int64_t rows_at_once = 2000)
      : policy_(policy), day_offset_(day_offset), rows_at_once_(rows_at_once) {}

  // Does one piece: about rows_at_once entries. true: there may be more to do.
  Result<bool> step(Database& database, WallTime now);

 private:
  Result<bool> roll_up_charges(Database& database, std::int64_t before_ms);
  Result<bool> give_up_days(Database& database, std::int64_t before_day);

  RetentionPolicy policy_;
  Millis day_offset_;
  std::int64_t rows_at_once_;
};

}  // namespace ktl::storage

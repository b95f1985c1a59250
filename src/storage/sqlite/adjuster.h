#pragma once
// Writes adjustments of ended charges (ledger/adjustment.h), inside the caller's transaction. The sums are the caller's
// to add: what was written is returned. Belongs to the thread of its Database.
#include <optional>

#include "base/result.h"
#include "ledger/adjustment.h"
#include "ledger/sum.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

class Adjuster {
 public:
  static Result<Adjuster> prepare(Database& database, Millis day_offset);

  // What an adjustment adds, and where.
  struct Written {
    std::int64_t admitted_at_ms = 0;
    std::int64_t day = 0;
    std::int64_t scope_set = 0;
    ledger::Sum sum;
  };

  // The charge was closed by expiry and now its actual usage is told. nullopt: the charge was not, or this is the
  // second time; nothing is written then.
  Result<std::optional<Written>> late_settlement(ChargeId charge, const TokenUsage& actual, WallTime now);

  // An operator's correction. Errors: not_found (no such charge, still open, or rolled up), invalid (it would make the
  // charge owe less than nothing, or a release owe anything).
  Result<Written> correction(const ledger::Adjustment& adjustment);

 private:
  struct Booked {
    std::int64_t kind;
    std::int64_t admitted_at_ms;
    std::int64_t day;
    std::int64_t scope_set;
    TokenUsage usage;  // with all adjustments so far
    bool late_settled;
  };
  Result<std::optional<Booked>> booked(ChargeId charge);
  Result<Written> write(const ledger::Adjustment& adjustment, ledger::AdjustmentSource source, const Booked& charge);

  Statement read_charge_;
  Statement read_adjustments_;
  Statement insert_;
  Millis day_offset_{0};
};

}  // namespace ktl::storage

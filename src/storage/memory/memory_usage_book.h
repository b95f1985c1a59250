#pragma once
// What was used by day and by hour, forgotten with the process: sums that MemoryStore adds every ended charge to.
//
// add() holds a mutex for as long as some sums take; reading holds it for a thousand sums at a time.
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "ledger/usage_book.h"
#include "storage/memory/memory_identity.h"

namespace ktl::storage {

class MemoryUsageBook final : public ledger::UsageBook {
 public:
  // `names` outlives it. `day_offset`: of the days from UTC.
  MemoryUsageBook(MemoryIdentity& names, Millis day_offset) : names_(names), day_offset_(day_offset) {}

  // What a charge of these scopes, admitted at that instant, adds.
  void add(WallTime admitted, std::span<const ScopeId> scopes, const ledger::Sum& sum);

  Result<std::vector<ledger::DayUsage>> by_day(ScopeKind kind, ScopeId scope, std::int64_t from,
                                               std::int64_t to) override;
  Result<std::vector<ledger::UsageSlice>> by_hour(ScopeKind kind, ScopeId scope, WallTime from, WallTime to) override;
  Result<std::vector<ledger::NamedUsage>> most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                    std::size_t most) override;
  Result<std::vector<ledger::NamedDayUsage>> each_by_day(ScopeKind kind, std::int64_t from, std::int64_t to) override;

 private:
  using Sums = std::map<std::pair<std::int64_t, ScopeId>, ledger::Sum>;  // by the number of a day or an hour
  template <class Take>
  void for_days(std::int64_t from, std::int64_t to, const Take& take);

  MemoryIdentity& names_;
  const Millis day_offset_;
  std::mutex mutex_;
  Sums days_;   // guarded, as the next
  Sums hours_;  // of the last three days
};

}  // namespace ktl::storage

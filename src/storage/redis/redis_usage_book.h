#pragma once
// What was used by day and by hour, out of the totals that the ledger's stream is rolled up into (functions/books.lua): they
// lie with the tenants, 64 groups of them. All of a server's work for it comes in small pieces: a call asks one group for
// one scope, or takes a page of one group's day.
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/usage_book.h"
#include "storage/redis/session.h"

namespace ktl::storage::redis {

class RedisUsageBook final : public ledger::UsageBook {
 public:
  // `session` outlives it. At most about `most_read` fields are gone through for one answer.
  RedisUsageBook(Session& session, Functions functions, std::size_t most_read = 5'000'000)
      : session_(session), functions_(std::move(functions)), most_read_(most_read) {}

  Result<std::vector<ledger::DayUsage>> by_day(ScopeKind kind, ScopeId scope, std::int64_t from,
                                               std::int64_t to) override;
  Result<std::vector<ledger::UsageSlice>> by_hour(ScopeKind kind, ScopeId scope, WallTime from, WallTime to) override;
  Result<std::vector<ledger::NamedUsage>> most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                    std::size_t most) override;
  Result<std::vector<ledger::NamedDayUsage>> each_by_day(ScopeKind kind, std::int64_t from, std::int64_t to) override;

 private:
  using Sums = std::unordered_map<ScopeId, ledger::Sum>;
  // Sums of one scope in each of [from, to], over all groups that may have it. `periods` names days or hours.
  using Periods = Command (Functions::*)(std::string_view tag, std::int64_t from, std::int64_t to, ScopeName scope) const;
  Result<std::vector<ledger::Sum>> sums_in(Periods periods, ScopeName scope, std::int64_t from, std::int64_t to);
  // All fields of these hashes that match, page after page, of all of them at once. `take` may see one twice.
  using Take = std::function<void(std::size_t hash, std::string_view field, std::string_view value)>;
  Result<void> scan(const std::vector<std::string>& hashes, const std::string& pattern, std::size_t& read,
                    const Take& take);
  // Calls `add` with each scope's sum on each of the days.
  using Add = std::function<void(std::int64_t day, ScopeId scope, const ledger::Sum& sum)>;
  Result<void> for_days(ScopeKind kind, std::int64_t from, std::int64_t to, const Add& add);
  Result<void> add_days(std::string_view tag, ScopeKind kind, std::int64_t from, std::int64_t to, std::size_t& read,
                        const Add& add);
  // Of those of the kind that are in `sums`.
  using Names = std::unordered_map<ScopeId, std::string>;
  Result<Names> names_of(ScopeKind kind, const Sums& sums);

  Session& session_;
  const Functions functions_;
  const std::size_t most_read_;
};

}  // namespace ktl::storage::redis

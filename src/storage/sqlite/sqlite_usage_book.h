#pragma once
// What was used by day and by hour, out of the file's sums.
#include "ledger/usage_book.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {

class SqliteUsageBook final : public ledger::UsageBook {
 public:
  explicit SqliteUsageBook(SqliteFile& file) : file_(file) {}  // which outlives it

  Result<std::vector<ledger::DayUsage>> by_day(ScopeKind kind, ScopeId scope, std::int64_t from,
                                               std::int64_t to) override;
  Result<std::vector<ledger::UsageSlice>> by_hour(ScopeKind kind, ScopeId scope, WallTime from, WallTime to) override;
  Result<std::vector<ledger::NamedUsage>> most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                    std::size_t most) override;
  Result<std::vector<ledger::NamedDayUsage>> each_by_day(ScopeKind kind, std::int64_t from, std::int64_t to) override;

 private:
  SqliteFile& file_;
};

}  // namespace ktl::storage

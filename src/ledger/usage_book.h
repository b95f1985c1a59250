#pragma once
// Port: what was used by day and by hour, and by whom most; for the pages of admins and the command line. A charge
// counts where it was admitted, with its actual usage, or with what was reserved if its gateway died; a released one
// counts nowhere.
//
// Thread-safe. May wait for the store: never on an event loop. Errors: the store's; too_large (so much was used in that
// time that going through it would take too long).
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ledger/books.h"
#include "ledger/sum.h"

namespace ktl::ledger {

struct DayUsage {
  std::int64_t day = 0;  // since 1970-01-01, in the zone of the books
  Sum sum;
};

struct NamedUsage {
  std::string name;  // of a key its hex digits
  Sum sum;
};

struct NamedDayUsage {
  std::int64_t day = 0;
  std::string name;
  Sum sum;
};

class UsageBook {
 public:
  virtual ~UsageBook() = default;
  // On the days [from, to]; those without usage may be left out. In order.
  virtual Result<std::vector<DayUsage>> by_day(ScopeKind kind, ScopeId scope, std::int64_t from, std::int64_t to) = 0;
  // In the hours (UTC) from that of `from` to that of `to`, at most three days back; slices lie in one hour each.
  virtual Result<std::vector<UsageSlice>> by_hour(ScopeKind kind, ScopeId scope, WallTime from, WallTime to) = 0;
  // Of the scopes of a kind, those that used the most tokens on the days [from, to]: most first, equals by name.
  virtual Result<std::vector<NamedUsage>> most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                    std::size_t most) = 0;
  // What each scope of a kind that used anything used on each of the days [from, to]: by day, then by name.
  virtual Result<std::vector<NamedDayUsage>> each_by_day(ScopeKind kind, std::int64_t from, std::int64_t to) = 0;
};

// What most_used() and each_by_day() answer, out of all that there are.
std::vector<NamedUsage> most_of(std::vector<NamedUsage> all, std::size_t most);
std::vector<NamedDayUsage> in_order(std::vector<NamedDayUsage> all);

}  // namespace ktl::ledger

#include "ledger/usage_book.h"

#include <algorithm>

namespace ktl::ledger {

std::int64_t day_number(WallTime at, Millis zone_offset) {
  return std::chrono::floor<std::chrono::days>(at + zone_offset).time_since_epoch().count();
}

std::int64_t hour_number(WallTime at) {
  return std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
}

WallTime hour_begin(std::int64_t hour) {
  return WallTime(std::chrono::hours(hour));
}

std::vector<NamedUsage> most_of(std::vector<NamedUsage> all, std::size_t most) {
  std::erase_if(all, [](const NamedUsage& one) { return one.sum == Sum{}; });
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const NamedUsage& a, const NamedUsage& b) {
    return a.sum.tokens() != b.sum.tokens() ? a.sum.tokens() > b.sum.tokens() : a.name < b.name;
  });
  all.erase(end, all.end());
  return all;
}

}  // namespace ktl::ledger

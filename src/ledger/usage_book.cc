#include "ledger/usage_book.h"

#include <algorithm>
#include <tuple>

namespace ktl::ledger {

std::vector<NamedUsage> most_of(std::vector<NamedUsage> all, std::size_t most) {
  std::erase_if(all, [](const NamedUsage& one) { return one.sum == Sum{}; });
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const NamedUsage& a, const NamedUsage& b) {
    return a.sum.tokens() != b.sum.tokens() ? a.sum.tokens() > b.sum.tokens() : a.name < b.name;
  });
  all.erase(end, all.end());
  return all;
}

std::vector<NamedDayUsage> in_order(std::vector<NamedDayUsage> all) {
  std::erase_if(all, [](const NamedDayUsage& one) { return one.sum == Sum{}; });
  std::sort(all.begin(), all.end(), [](const NamedDayUsage& a, const NamedDayUsage& b) {
    return std::tie(a.day, a.name) < std::tie(b.day, b.name);
  });
  return all;
}

}  // namespace ktl::ledger

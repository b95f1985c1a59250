#include "gateway/scope_names.h"

#include <algorithm>

namespace ktl::gateway {
namespace {

constexpr auto kByScope = [](const auto& a, const auto& b) { return a.first < b.first; };

}  // namespace

void ScopeNames::finish() {
  std::stable_sort(names_.begin(), names_.end(), kByScope);
  names_.shrink_to_fit();
}

std::string_view ScopeNames::find(ScopeId scope) const {
  const auto after = std::upper_bound(names_.begin(), names_.end(), std::pair(scope, std::string_view()), kByScope);
  return after == names_.begin() || std::prev(after)->first != scope ? std::string_view() : std::prev(after)->second;
}

}  // namespace ktl::gateway

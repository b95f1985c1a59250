#pragma once
// What the functions tell of a scope, as quota::Standing. Pure.
#include <algorithm>

#include "quota/decision.h"
#include "quota/shared_limits.h"
#include "storage/redis/functions.h"

namespace ktl::storage::redis {

inline quota::Standing standing_of(const LimitedScope& scope, const Told& told) {
  quota::Standing standing;
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
    const std::int64_t limit = scope.limits.amount[kind];
    standing.window[kind] = {limit, told.used[kind], std::max(std::int64_t{0}, limit - told.used[kind]),
                             told.reset[kind]};
  }
  return standing;
}

// The same without what a lease has not handed out yet.
inline quota::Standing standing_without(const LimitedScope& scope, Told told, const LeaseAmount& left) {
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
    std::int64_t& used = told.used[kind];
    switch (quota::dimension_of(static_cast<quota::LimitKind>(kind))) {
      case quota::Dimension::requests:
        used = std::max(std::int64_t{0}, used - left.requests);
        break;
      case quota::Dimension::tokens:
        used = std::max(std::int64_t{0}, used - left.tokens);
        break;
      case quota::Dimension::in_flight:
        used = std::max(std::int64_t{0}, used - left.places);
        break;
    }
  }
  return standing_of(scope, told);
}

}  // namespace ktl::storage::redis

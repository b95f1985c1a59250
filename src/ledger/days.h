#pragma once
// The days and hours of an instant, as numbers since 1970-01-01: days in the zone of the books, hours in UTC.
#include <cstdint>

#include "base/clock.h"

namespace ktl::ledger {

constexpr std::int64_t day_number(WallTime at, Millis zone_offset) {
  return std::chrono::floor<std::chrono::days>(at + zone_offset).time_since_epoch().count();
}
constexpr std::int64_t hour_number(WallTime at) {
  return std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
}
constexpr WallTime hour_begin(std::int64_t hour) {
  return WallTime(std::chrono::hours(hour));
}

}  // namespace ktl::ledger

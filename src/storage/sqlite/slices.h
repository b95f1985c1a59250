#pragma once
// How the past is cut into pieces when it is summed up.
//   3 minutes divide the 12-minute slices of a day window and every zone's offset from UTC, so such a slice lies wholly
//   in one day and in one slice of any window of a day.
#include <cstdint>

#include "base/clock.h"

namespace ktl::storage {

inline constexpr std::int64_t kSliceMs = std::int64_t{3} * 60 * 1000;
inline constexpr std::int64_t kFineSliceMs = 500;
inline constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

constexpr std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

constexpr std::int64_t milliseconds(WallTime at) {
  return at.time_since_epoch().count();
}
constexpr WallTime wall_time(std::int64_t ms) {
  return WallTime(Millis(ms));
}

}  // namespace ktl::storage

#pragma once
// One instant, as the three windows see it: which slice of each window's grid it falls into. Computed once a call and
// shared by all scopes. Times here are plain milliseconds since the epoch, never negative.
#include <cstdint>

#include "quota/engine.h"

namespace ktl::quota {

inline constexpr std::int64_t kMinute = 60'000;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

// `now` on the grid of one window. Slice k covers [k * length - origin, (k + 1) * length - origin).
struct Tick {
  std::int64_t now = 0;
  std::int64_t slice = 0;
  std::int64_t length = 1;  // of one slice
  std::int64_t origin = 0;  // how far the grid begins before the epoch's
};

struct Instant {
  Tick minute;
  Tick hour;
  Tick day;  // one slice a day for the calendar, kSlices for the rolling day

  static Instant at(std::int64_t now, const EngineOptions& options) {
    constexpr std::int64_t kMinuteSlice = kMinute / kSlices;
    constexpr std::int64_t kHourSlice = kHour / kSlices;
    constexpr std::int64_t kDaySlice = kDay / kSlices;
    Instant result;
    result.minute = {now, now / kMinuteSlice, kMinuteSlice, 0};
    result.hour = {now, now / kHourSlice, kHourSlice, 0};
    if (options.rolling_day) {
      result.day = {now, now / kDaySlice, kDaySlice, 0};
    } else {
      const std::int64_t local = now + options.day_offset.count();
      result.day = {now, local >= 0 ? local / kDay : (local + 1) / kDay - 1, kDay, options.day_offset.count()};
    }
    return result;
  }
};

// A limit that no sum reaches: how windows see kUnlimited.
inline constexpr std::int64_t kNoLimit = std::int64_t{1} << 62;
// An instant that never comes.
inline constexpr std::int64_t kNeverComes = std::int64_t{1} << 62;

}  // namespace ktl::quota

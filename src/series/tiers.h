#pragma once
// How finely the past is remembered, and for how long. Everything is aligned to the epoch: a bucket of a step begins at
// a multiple of it.
#include <array>
#include <optional>

#include "base/clock.h"

namespace ktl::series {

struct Tier {
  Millis step;
  Millis keeps;
};

inline constexpr Tier kSeconds{std::chrono::seconds(1), std::chrono::hours(1)};  // in memory
inline constexpr std::array<Tier, 3> kTiers{{
    {std::chrono::seconds(10), std::chrono::hours(24)},
    {std::chrono::minutes(1), std::chrono::hours(24 * 7)},
    {std::chrono::hours(1), std::chrono::hours(24 * 366)},
}};

inline WallTime start_of(WallTime at, Millis step) {
  return at - Millis(at.time_since_epoch().count() % step.count());
}

// The finest step that gives at most `most` points from `from` to `to` and still remembers `from`; the coarsest if none
// does.
Millis choose_step(WallTime from, WallTime to, WallTime now, std::int64_t most);

}  // namespace ktl::series

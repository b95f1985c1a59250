#pragma once
// When which target gets the load. With several targets they take turns in slices, there and back (A B, B A, …), so
// that a machine that slows down or warms up does so for all of them.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace ktl::app::bench {

// How much load to give in all. The time is shared by the targets; the requests are given to each of them. At least one
// of the two is set; the run ends with the first that is used up.
struct Amount {
  std::optional<Millis> duration;
  std::optional<std::int64_t> requests;
};

struct Slice {
  std::size_t target = 0;
  std::optional<Millis> duration;
  std::optional<std::int64_t> requests;
  friend bool operator==(const Slice&, const Slice&) = default;
};

// The slices in order. Their durations sum up to the whole, their requests to the whole for each target.
std::vector<Slice> plan_slices(std::size_t targets, const Amount& amount);

}  // namespace ktl::app::bench

#include "app/bench/schedule.h"

#include <algorithm>

namespace ktl::app::bench {
namespace {

constexpr std::int64_t kMostRounds = 6;
constexpr Millis kShortestSlice{1'000};

// Part `index` of `whole`, cut into `parts` that differ by one at most.
std::int64_t part(std::int64_t whole, std::int64_t parts, std::int64_t index) {
  return whole * (index + 1) / parts - whole * index / parts;
}

}  // namespace

std::vector<Slice> plan_slices(std::size_t targets, const Amount& amount) {
  const auto count = static_cast<std::int64_t>(targets);
  std::int64_t rounds = targets > 1 ? kMostRounds : 1;
  if (amount.duration) rounds = std::min<std::int64_t>(rounds, *amount.duration / kShortestSlice / count);
  if (amount.requests) rounds = std::min(rounds, *amount.requests);
  rounds = std::max<std::int64_t>(rounds, 1);

  std::vector<Slice> slices;
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (std::int64_t place = 0; place < count; ++place) {
      Slice slice;
      slice.target = static_cast<std::size_t>(round % 2 == 0 ? place : count - 1 - place);
      if (amount.duration)
        slice.duration = Millis(part(amount.duration->count(), rounds * count, round * count + place));
      if (amount.requests) slice.requests = part(*amount.requests, rounds, round);
      slices.push_back(slice);
    }
  }
  return slices;
}

}  // namespace ktl::app::bench

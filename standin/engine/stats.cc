#include "standin/engine/stats.h"

#include <algorithm>

namespace ktl::standin {
namespace {

constexpr std::array<double, 18> kFirstToken{.1, .2, .4, .6, .8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400};
constexpr std::array<double, 22> kEndToEnd{.1, .2, .4, .6, .8,  1,   2,   4,   6,    8,    10,
                                           20, 40, 60, 80, 100, 200, 400, 600, 1200, 1800, 2400};
constexpr std::array<double, 23> kInterToken{.002, .004, .006, .008, .01, .015, .02, .025, .03, .035, .04, .06,
                                             .08,  .1,   .2,   .4,   .6,  .8,   1,   2,    4,   6,    8};
constexpr std::array<double, 12> kQueue{0, .001, .005, .01, .05, .1, .5, 1, 5, 10, 60, 600};

}  // namespace

void Histogram::observe(double value) {
  const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(place)];
  ++count_;
  sum_ += value;
}

std::uint64_t Histogram::at_most(std::size_t bound_index) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= bound_index; ++i) sum += counts_[i];
  return sum;
}

EngineStats::EngineStats()
    : time_to_first_token{Histogram(kFirstToken), Histogram(kFirstToken)},
      end_to_end{Histogram(kEndToEnd), Histogram(kEndToEnd)},
      inter_token(kInterToken),
      queue_time(kQueue) {}

}  // namespace ktl::standin

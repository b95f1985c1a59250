#pragma once
// How fast counters grow: a horizon's worth of their readings, at most one a second, taken whenever somebody looks. Who
// looks rarely gets the mean since the last look; Gain::seconds tells over how long. Not thread-safe.
#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>

#include "base/clock.h"

namespace ktl::telemetry {

template <std::size_t N>
class RateWindow {
 public:
  using Values = std::array<double, N>;
  static constexpr std::chrono::seconds kStep{1};

  explicit RateWindow(std::chrono::seconds horizon = std::chrono::seconds(60)) : horizon_(horizon) {}

  // What the counters gained since the oldest reading kept, and in how many seconds. A counter that went back (its
  // process began anew) starts the window again; the first look gains nothing.
  struct Gain {
    Values values{};
    double seconds = 0;

    double per_second(std::size_t i) const { return seconds > 0 ? values[i] / seconds : 0; }
  };
  Gain look(MonoTime now, const Values& counters) {
    if (!readings_.empty() && went_back(counters)) readings_.clear();
    if (readings_.empty() || now - readings_.back().at >= kStep) readings_.push_back({now, counters});
    while (readings_.size() > 1 && now - readings_[1].at >= horizon_) readings_.pop_front();
    Gain gain;
    const Reading& oldest = readings_.front();
    gain.seconds = std::chrono::duration<double>(now - oldest.at).count();
    for (std::size_t i = 0; i < N; ++i) gain.values[i] = counters[i] - oldest.counters[i];
    return gain;
  }

 private:
  struct Reading {
    MonoTime at;
    Values counters;
  };
  bool went_back(const Values& counters) const {
    for (std::size_t i = 0; i < N; ++i)
      if (counters[i] < readings_.back().counters[i]) return true;
    return false;
  }

  std::chrono::seconds horizon_;
  std::deque<Reading> readings_;  // oldest first; at most one of them is older than the horizon
};

}  // namespace ktl::telemetry

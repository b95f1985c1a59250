#pragma once
// The last minute of tallies, one a second: what was gained since the last one, and what over the minute. Pure; not
// thread-safe.
#include <deque>

#include "base/clock.h"
#include "monitor/tally.h"

namespace ktl::monitor {

struct Gain {
  Tally tally;
  double seconds = 0;  // over how long; 0 for the first tally

  double per_second(std::uint64_t amount) const { return seconds > 0 ? static_cast<double>(amount) / seconds : 0; }
};

class TrafficWindow {
 public:
  static constexpr std::chrono::seconds kHorizon{60};

  void add(MonoTime at, Tally tally);

  Gain last() const;    // between the last two
  Gain minute() const;  // since the oldest that is kept
  const Tally& newest() const { return tallies_.back().tally; }

 private:
  struct Entry {
    MonoTime at;
    Tally tally;
  };
  Gain since(const Entry& entry) const;

  std::deque<Entry> tallies_;  // oldest first; at most one is older than the horizon
};

}  // namespace ktl::monitor

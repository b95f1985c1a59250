#pragma once
// Durations measured in one run and their exact percentiles: every sample is kept, in whole microseconds (4 bytes each;
// longer than 71 minutes counts as 71 minutes). Not thread-safe.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace ktl::app::bench {

struct Percentiles {
  double p50 = 0, p95 = 0, p99 = 0, max = 0;  // milliseconds
};

class Samples {
 public:
  void add(std::chrono::nanoseconds duration);
  std::size_t count() const { return values_.size(); }

  // By nearest rank: the smallest sample that at least p percent of all samples do not exceed. nullopt if there are
  // none.
  std::optional<Percentiles> percentiles() const;

 private:
  std::vector<std::uint32_t> values_;
};

}  // namespace ktl::app::bench

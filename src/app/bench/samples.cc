#include "app/bench/samples.h"

#include <algorithm>
#include <limits>

namespace ktl::app::bench {

void Samples::add(std::chrono::nanoseconds duration) {
  const auto micros = std::chrono::round<std::chrono::microseconds>(duration).count();
  values_.push_back(
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, std::numeric_limits<std::uint32_t>::max())));
}

std::optional<Percentiles> Samples::percentiles() const {
  if (values_.empty()) return std::nullopt;
  std::vector<std::uint32_t> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](std::size_t percent) {
    const std::size_t rank = (sorted.size() * percent + 99) / 100;  // rounded up, from 1
    return static_cast<double>(sorted[rank - 1]) / 1000.0;
  };
  return Percentiles{at(50), at(95), at(99), at(100)};
}

}  // namespace ktl::app::bench

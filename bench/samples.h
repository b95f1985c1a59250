#pragma once
// Durations collected in one run, and their percentiles. Microseconds.
#include <algorithm>
#include <cstdint>
#include <vector>

namespace ktl::bench {

class Samples {
 public:
  void add(std::int64_t nanoseconds) { values_.push_back(static_cast<float>(nanoseconds) / 1000.0F); }
  std::size_t count() const { return values_.size(); }
  void clear() { values_.clear(); }

  // share in [0, 1]; 0 where there are no samples.
  double percentile(double share) {
    if (values_.empty()) return 0;
    const auto at = std::min(values_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values_.size())));
    std::nth_element(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(at), values_.end());
    return static_cast<double>(values_[at]);
  }

 private:
  std::vector<float> values_;
};

}  // namespace ktl::bench

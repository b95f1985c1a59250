#include "telemetry/histogram.h"

#include <algorithm>

#include "base/check.h"

namespace ktl::telemetry {

HistogramShape latency_shape() {
  return {{50,        100,       250,        500,        1'000,      2'500,       5'000,
           10'000,    25'000,    50'000,     100'000,    250'000,    500'000,     1'000'000,
           2'500'000, 5'000'000, 10'000'000, 25'000'000, 50'000'000, 100'000'000, 300'000'000},
          1e-6};
}

HistogramShape token_shape() {
  HistogramShape shape;
  for (std::int64_t bound = 1; bound <= 131'072; bound *= 2) shape.upper_bounds.push_back(bound);
  return shape;
}

Histogram::Histogram(HistogramShape shape)
    : shape_(std::move(shape)),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(shape_.upper_bounds.size() + 1)) {
  const auto& bounds = shape_.upper_bounds;
  KTL_CHECK(std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) == bounds.end(),
            "the bounds of a histogram ascend");
}

void Histogram::observe(std::int64_t value) {
  const auto& bounds = shape_.upper_bounds;
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot;
  snapshot.counts.reserve(shape_.upper_bounds.size() + 1);
  for (std::size_t i = 0; i <= shape_.upper_bounds.size(); ++i) {
    snapshot.counts.push_back(counts_[i].load(std::memory_order_relaxed));
    snapshot.total += snapshot.counts.back();
  }
  snapshot.sum = sum_.load(std::memory_order_relaxed);
  return snapshot;
}

double Histogram::quantile(double q) const {
  KTL_CHECK(q >= 0 && q <= 1, "a quantile is a share between 0 and 1");
  const Snapshot now = snapshot();
  if (now.total == 0 || shape_.upper_bounds.empty()) return 0;
  const double rank = q * static_cast<double>(now.total);
  double below = 0;
  for (std::size_t i = 0; i < shape_.upper_bounds.size(); ++i) {
    const auto in_bucket = static_cast<double>(now.counts[i]);
    if (in_bucket > 0 && below + in_bucket >= rank) {
      const double low = i == 0 ? 0.0 : static_cast<double>(shape_.upper_bounds[i - 1]);
      const double high = static_cast<double>(shape_.upper_bounds[i]);
      return low + (high - low) * std::max(0.0, rank - below) / in_bucket;
    }
    below += in_bucket;
  }
  return static_cast<double>(shape_.upper_bounds.back());
}

}  // namespace ktl::telemetry

#include "telemetry/histogram.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.h"

namespace ktl::telemetry {

HistogramShape latency_shape() {
  // The preferred numbers R10 (ISO 3), times a hundred.
  constexpr std::array kSteps{100, 125, 160, 200, 250, 315, 400, 500, 630, 800};
  HistogramShape shape{{}, 1e-6};
  for (std::int64_t decade = 1; decade <= 10'000'000; decade *= 10) {
    for (const int step : kSteps) {
      const std::int64_t bound = step * decade / 10;
      if (bound >= 50 && bound <= 315'000'000) shape.upper_bounds.push_back(bound);
    }
  }
  return shape;
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

void Histogram::observe(std::int64_t value, std::uint64_t times) {
  const auto& bounds = shape_.upper_bounds;
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(times, std::memory_order_relaxed);
  sum_.fetch_add(value * static_cast<std::int64_t>(times), std::memory_order_relaxed);
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

double quantile(const HistogramShape& shape, std::span<const std::uint64_t> counts, double q) {
  KTL_CHECK(q >= 0 && q <= 1, "a quantile is a share between 0 and 1");
  const auto& bounds = shape.upper_bounds;
  KTL_CHECK(counts.size() == bounds.size() + 1, "every bucket has a count, and so has what lies above the last bound");
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0 || bounds.empty()) return 0;
  const double rank = q * static_cast<double>(total);
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto in_bucket = static_cast<double>(counts[i]);
    if (in_bucket > 0 && below + in_bucket >= rank) {
      const double low = i == 0 ? 0.0 : static_cast<double>(bounds[i - 1]);
      const double high = static_cast<double>(bounds[i]);
      return low + (high - low) * std::max(0.0, rank - below) / in_bucket;
    }
    below += in_bucket;
  }
  return static_cast<double>(bounds.back());
}

}  // namespace ktl::telemetry

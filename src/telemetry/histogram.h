#pragma once
// How values are spread: counts in fixed buckets, as Prometheus wants them. Values are integers in the unit of the
// bounds (microseconds for latencies, tokens for sizes); `scale` turns them into the exported unit (1e-6: seconds).
// observe() is wait-free and safe from any thread.
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ktl::telemetry {

struct HistogramShape {
  std::vector<std::int64_t> upper_bounds;  // ascending, inclusive; +Inf is added
  double scale = 1.0;
};

// 50 µs … 5 min, ten steps a decade, so that a quantile is told to within 14 %; exported in seconds.
HistogramShape latency_shape();
// 1 … 131,072 in powers of two; exported as they are.
HistogramShape token_shape();

// The value below which the share `q` of what `counts` counts lies, interpolated inside its bucket, in the bounds'
// unit; 0 if nothing is counted, the last bound for what lies above it. `counts` has one more than upper_bounds. Counts
// of the same shape may be added and subtracted before. Requires 0 <= q <= 1.
double quantile(const HistogramShape& shape, std::span<const std::uint64_t> counts, double q);

class Histogram {
 public:
  explicit Histogram(HistogramShape shape);

  void observe(std::int64_t value, std::uint64_t times = 1);

  struct Snapshot {
    std::vector<std::uint64_t> counts;  // per bucket, not cumulative; one more than upper_bounds
    std::uint64_t total = 0;            // sum of counts
    std::int64_t sum = 0;               // of the values, in the bounds' unit
  };
  Snapshot snapshot() const;

  double quantile(double q) const { return telemetry::quantile(shape_, snapshot().counts, q); }

  const HistogramShape& shape() const { return shape_; }

 private:
  HistogramShape shape_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<std::int64_t> sum_{0};
};

}  // namespace ktl::telemetry

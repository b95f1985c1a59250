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

// 50 µs … 5 min in 1-2.5-5 steps; exported in seconds.
HistogramShape latency_shape();
// 1 … 131,072 in powers of two; exported as they are.
HistogramShape token_shape();

class Histogram {
 public:
  explicit Histogram(HistogramShape shape);

  void observe(std::int64_t value);

  struct Snapshot {
    std::vector<std::uint64_t> counts;  // per bucket, not cumulative; one more than upper_bounds
    std::uint64_t total = 0;            // sum of counts
    std::int64_t sum = 0;               // of the values, in the bounds' unit
  };
  Snapshot snapshot() const;

  // The value below which the share `q` of all observations lies, interpolated inside its bucket, in the bounds' unit;
  // 0 without observations, the last bound for what lies above it. Requires 0 <= q <= 1.
  double quantile(double q) const;

  const HistogramShape& shape() const { return shape_; }

 private:
  HistogramShape shape_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<std::int64_t> sum_{0};
};

}  // namespace ktl::telemetry

#pragma once
// What the engine reports about itself, with the cadence and the defects of the real one: gauges move only with a
// prefill batch, every 40th decode step and when the engine falls idle; the load report every 15th step; the cache hit
// rate is that of the last prefill batch and is set to 0 by every decode report; utilization is always 0.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "standin/engine/books.h"

namespace ktl::standin {

// Counts observations below fixed bounds (seconds).
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}
  void observe(double value);
  std::span<const double> bounds() const { return bounds_; }
  std::uint64_t at_most(std::size_t bound_index) const;  // cumulative; bounds().size() is +Inf
  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

struct LoadReport {
  SimTime at{};
  std::int64_t running = 0;
  std::int64_t waiting = 0;
  std::int64_t waiting_tokens = 0;
  std::int64_t used_tokens = 0;
  std::int64_t total_tokens = 0;  // used + waiting
  std::int64_t evictable_tokens = 0;
  std::int64_t retracted = 0;
  double gen_throughput = 0;
  double cache_hit_rate = 0;
  std::int64_t prefill_uncached_tokens = 0;  // cumulative
  std::int64_t prefill_busy_us = 0;          // cumulative
};

struct RequestCounters {  // added when a request ends
  std::uint64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t generation_tokens = 0;
};

struct EngineStats {
  EngineStats();

  LoadReport load;    // as /v1/loads shows it
  LoadReport gauges;  // as /metrics shows it

  std::int64_t prefill_compute = 0;  // live counters
  std::int64_t prefill_cache = 0;
  std::int64_t decoded = 0;
  std::int64_t effective_input = 0;  // without what retraction made necessary again
  std::int64_t effective_hit = 0;
  std::uint64_t aborts = 0;
  std::uint64_t retractions = 0;
  std::uint64_t decode_steps = 0;
  double last_gen_throughput = 0;  // kept when idle

  std::array<RequestCounters, 2> ended;  // [not streaming, streaming]
  std::array<Histogram, 2> time_to_first_token;
  std::array<Histogram, 2> end_to_end;
  Histogram inter_token;
  Histogram queue_time;
};

}  // namespace ktl::standin

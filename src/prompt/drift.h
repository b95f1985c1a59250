#pragma once
// How far our counts are from the engine's, for one model: recorded for each answered request, shown as metrics.
#include <atomic>
#include <cstdint>

namespace ktl::prompt {

// Thread-safe and cheap: a few relaxed atomics. A snapshot taken while others record may be one request off between its
// figures.
class Drift {
 public:
  void record(std::int64_t ours, std::int64_t engines);

  struct Snapshot {
    std::int64_t requests = 0;
    std::int64_t exact = 0;          // requests with equal counts
    std::int64_t worst = 0;          // the difference ours - engine's with the largest size, signed
    std::int64_t difference = 0;     // sum of ours - engine's
    std::int64_t engine_tokens = 0;  // sum of the engine's

    double exact_share() const {
      return requests == 0 ? 1.0 : static_cast<double>(exact) / static_cast<double>(requests);
    }
  };
  Snapshot snapshot() const;

 private:
  std::atomic<std::int64_t> requests_{0};
  std::atomic<std::int64_t> exact_{0};
  std::atomic<std::int64_t> worst_{0};
  std::atomic<std::int64_t> difference_{0};
  std::atomic<std::int64_t> engine_tokens_{0};
};

}  // namespace ktl::prompt

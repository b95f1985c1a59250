#include "prompt/drift.h"

#include <cstdlib>

namespace ktl::prompt {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

void Drift::record(std::int64_t ours, std::int64_t engines) {
  const std::int64_t difference = ours - engines;
  requests_.fetch_add(1, kRelaxed);
  engine_tokens_.fetch_add(engines, kRelaxed);
  if (difference == 0) {
    exact_.fetch_add(1, kRelaxed);
    return;
  }
  difference_.fetch_add(difference, kRelaxed);
  std::int64_t worst = worst_.load(kRelaxed);
  while (std::abs(difference) > std::abs(worst) && !worst_.compare_exchange_weak(worst, difference, kRelaxed)) {
  }
}

Drift::Snapshot Drift::snapshot() const {
  return {requests_.load(kRelaxed), exact_.load(kRelaxed), worst_.load(kRelaxed), difference_.load(kRelaxed),
          engine_tokens_.load(kRelaxed)};
}

}  // namespace ktl::prompt

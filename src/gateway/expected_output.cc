#include "gateway/expected_output.h"

#include <algorithm>
#include <cmath>

namespace ktl::gateway {

std::int64_t ExpectedOutput::expect(ScopeId user, ScopeId model, std::int64_t bound) const {
  const std::lock_guard lock(mutex_);
  const auto found = estimates_.find({user, model});
  if (found == estimates_.end() || found->second.seen < kWarmUp) return bound;
  const auto expected = static_cast<std::int64_t>(std::ceil(found->second.mean + found->second.deviation));
  return std::clamp<std::int64_t>(expected, 1, std::max<std::int64_t>(1, bound));
}

void ExpectedOutput::learn(ScopeId user, ScopeId model, std::int64_t completion_tokens) {
  const std::lock_guard lock(mutex_);
  Estimate& estimate = estimates_[{user, model}];
  const auto value = static_cast<double>(completion_tokens);
  if (estimate.seen++ == 0) {
    estimate.mean = value;
    estimate.deviation = value / 2;
    return;
  }
  const double error = value - estimate.mean;
  estimate.mean += kGain * error;
  estimate.deviation += kGain * (std::abs(error) - estimate.deviation);
}

}  // namespace ktl::gateway

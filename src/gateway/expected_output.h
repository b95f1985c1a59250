#pragma once
// With strict_mode off: how many tokens a user's answers of a model usually have, learned from what was settled. The
// expectation is the running mean plus one mean deviation, never above the request's own bound.
// Thread-safe. Bounded: the pairs of (user, model) that are configured.
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "base/ids.h"

namespace ktl::gateway {

class ExpectedOutput {
 public:
  // Tokens to reserve for the output, at least 1, at most `bound` (which is also the answer until something is learned).
  std::int64_t expect(ScopeId user, ScopeId model, std::int64_t bound) const;
  void learn(ScopeId user, ScopeId model, std::int64_t completion_tokens);

 private:
  struct Estimate {
    double mean = 0;
    double deviation = 0;
    std::int64_t seen = 0;
  };
  static constexpr std::int64_t kWarmUp = 8;   // answers before the expectation is used
  static constexpr double kGain = 1.0 / 16.0;  // of the running mean, as in TCP's round-trip estimate (RFC 6298 uses 1/8)

  mutable std::mutex mutex_;
  std::map<std::pair<ScopeId, ScopeId>, Estimate> estimates_;
};

}  // namespace ktl::gateway

#pragma once
// What one target answered during a run.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "app/bench/samples.h"
#include "base/usage.h"

namespace ktl::app::bench {

struct Failures {
  std::int64_t count = 0;
  std::string example;  // what the first one said
};

struct Tally {
  std::int64_t started = 0;
  std::int64_t completed = 0;      // whole answers with status 200
  std::int64_t without_usage = 0;  // of these, those that told no usage
  std::int64_t rate_limited = 0;   // 429
  std::int64_t cut_off = 0;        // ended by the end of the run
  std::int64_t broken = 0;         // of the failures, those that the server may have worked for
  std::map<std::string, Failures>
      failures;                        // by status ("503"), or "connect", "timeout", "closed", "malformed", "stream"
  TokenUsage usage;                    // sum of what the answers say
  Samples first_token;                 // streams only
  Samples inter_token;                 // between two events with output
  Samples end_to_end;                  // of the completed ones
  Samples asked_wait;                  // Retry-After of the 429s that name one
  std::chrono::nanoseconds active{0};  // time under load

  std::int64_t errors() const {
    std::int64_t sum = 0;
    for (const auto& [kind, failures_of_kind] : failures) sum += failures_of_kind.count;
    return sum;
  }
  std::int64_t answered() const { return completed + rate_limited + errors(); }
  // How many requests may have cost tokens that `usage` does not hold.
  std::int64_t untold() const { return without_usage + cut_off + broken; }
  // `amount` in a second under load.
  double per_second(std::int64_t amount) const {
    const double seconds = std::chrono::duration<double>(active).count();
    return seconds > 0 ? static_cast<double>(amount) / seconds : 0;
  }
};

}  // namespace ktl::app::bench

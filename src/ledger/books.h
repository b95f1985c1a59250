#pragma once
// Port: reading the books. Totals of the past for /stats, the CLI and recovery. Called at start-up and by rare
// requests, never on the path of a chat request; may block on the disk.
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace ktl::ledger {

// Everything one scope ever had booked.
struct Totals {
  ScopeId scope = ScopeId::none;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

// What one scope used in one slice of the past, summed (days are long; single charges are not needed for them).
// Released charges count nowhere; expired ones count with what was reserved.
struct UsageSlice {
  ScopeId scope = ScopeId::none;
  WallTime at{};  // an instant inside the slice
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
};

class Books {
 public:
  virtual ~Books() = default;
  virtual Result<std::vector<Totals>> totals() = 0;
  // All usage admitted at or after `since`, oldest first, summed by scope and by slices of at most 500 ms within the
  // last hour before `now` and at most 12 min before that.
  virtual Result<std::vector<UsageSlice>> usage_since(WallTime since, WallTime now) = 0;
};

}  // namespace ktl::ledger

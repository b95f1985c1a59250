#pragma once
// What the quota engine answers. A refusal is an ordinary value that holds all that the 429 has to say.
#include <cstdint>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "base/ids.h"
#include "quota/limits.h"

namespace ktl::quota {

// Admitted: the ask is counted in every scope. `id` ends exactly once, by settle() or release().
struct Reservation {
  ChargeId id = ChargeId::none;
  WallTime admitted_at{};   // the instant whose slices carry the charge
  std::int64_t tokens = 0;  // reserved
};

// Refused: nothing was counted anywhere. If several limits refuse, the one with the longest wait is told.
struct Denied {
  ScopeId scope = ScopeId::none;
  ScopeKind scope_kind = ScopeKind::user;
  LimitKind limit = LimitKind::rpm;
  std::int64_t allowed = 0;    // the limit's amount
  std::int64_t used = 0;       // at the moment of asking
  std::int64_t requested = 0;  // by this ask, in the limit's dimension
  // Until the same ask fits if nothing else is admitted meanwhile. For `concurrent` nobody knows: 1 s is said. 0 if
  // never.
  Millis retry_after{0};
  bool never = false;  // the ask alone is bigger than the limit: waiting does not help
};

using Decision = std::variant<Reservation, Denied>;

// One window of one scope as it stands now.
struct WindowStanding {
  std::int64_t limit = kUnlimited;
  std::int64_t used = 0;
  std::int64_t remaining = 0;  // max(0, limit - used); meaningless without a limit
  Millis reset{0};             // until nothing of what is used now counts any more
};

// All of one scope, indexed by LimitKind (in_flight has reset 0).
struct Standing {
  std::array<WindowStanding, kLimitKinds> window;
  const WindowStanding& operator[](LimitKind kind) const { return window[static_cast<std::size_t>(kind)]; }
};

}  // namespace ktl::quota

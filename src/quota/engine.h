#pragma once
// The quota engine: may this request run now, for all its scopes and windows at once?
//
// Rolling windows with an exact bound. A window of length W is cut into kSlices equal slices on the epoch's grid.
// Usage now = everything in slices that overlap (now - W, now]. A charge lands in the slice of its admission time and
// stays there: settling corrects that same slice. Therefore no interval of length W, wherever it begins, holds more
// than the limit, and at most 1/kSlices of the limit is out of use. Retry-After is computed from the slices.
// The day is a calendar day (Options::day_offset from UTC) or, on request, a rolling 24 h.
//
// Settling above the reservation (an engine that reported more than was reserved) is counted in full; what then stands
// above a limit is debt: it does not vanish with its slice but is carried into the next window until it is paid, so
// that k windows never cost more than k limits. A charge whose slice has left a window is not corrected in that window
// any more (a request that ran longer than a minute corrects the hour and the day).
//
// Pure: no clock, no I/O, integers only, `now` is a parameter. If `now` goes back the latest seen instant is used, so a
// clock that jumps back never opens a window again. Not thread-safe; the owner serialises. Unknown scopes have no
// limits and are counted all the same. Memory: an entry for each scope with limits, and a few slices for each that was
// used within a day. More than 2^40 tokens in one charge are counted as 2^40.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "quota/decision.h"
#include "quota/limits.h"

namespace ktl::quota {

inline constexpr std::int64_t kSlices = 120;

struct EngineOptions {
  Millis day_offset{std::chrono::hours(9)};  // of the calendar day's zone from UTC (Asia/Seoul has no summer time)
  bool rolling_day = false;
};

class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Sets or replaces the limits of one scope; what it has used stays.
  void set_limits(ScopeId scope, ScopeKind kind, const Limits& limits);
  Limits limits_of(ScopeId scope) const;

  // All scopes or nothing: one request, `tokens` tokens, one place in flight. `scopes` holds each scope once, at
  // most 16. `id` must not be open. tokens >= 0.
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now);

  // Counts work that was admitted elsewhere, whatever the limits say; otherwise as reserve().
  void admit(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now);

  // Would one request of `tokens` tokens be refused now? Counts nothing. tokens = 0 asks for the request limits and the
  // places in flight alone (the early refusal, before the body is read).
  std::optional<Denied> would_deny(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now);

  // Ends an open reservation with what was really used (below 0 counts as 0). False if `id` is not open (nothing
  // happens).
  bool settle(ChargeId id, std::int64_t actual_tokens, WallTime now);
  // Ends an open reservation of work that never started: its request and its tokens are taken back.
  bool release(ChargeId id, WallTime now);

  // Books what happened before this engine existed (recovery, or another gateway): ended work of the past, in any
  // order. `admitted_at` counts as seen. Usage restored above a limit keeps work out until it has left, but makes no
  // debt.
  void restore(std::span<const ScopeId> scopes, std::int64_t requests, std::int64_t tokens, WallTime admitted_at);

  Standing standing(ScopeId scope, WallTime now);
  // For each kind of limit the window that leaves least, among those scopes that are limited there.
  Standing tightest(std::span<const ScopeId> scopes, WallTime now);
  std::int64_t open_reservations() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ktl::quota

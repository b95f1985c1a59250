#pragma once
// All that the engine knows of one scope: its limits, what is in flight, and its three windows.
//
// Every window is counted whether it is limited or not, so that usage can be shown and a limit set later holds at once.
// Before any other call advance() must have seen the present instant.
#include <cstdint>
#include <optional>

#include "quota/calendar_day.h"
#include "quota/decision.h"
#include "quota/limits.h"
#include "quota/rolling_window.h"

namespace ktl::quota {

// Which refusal is told: waiting in vain is longer than any wait.
inline bool waits_longer(const Denied& a, const Denied& b) {
  return a.never != b.never ? a.never : a.retry_after > b.retry_after;
}

class Account {
 public:
  Account() : Account(ScopeId::none, false) {}
  Account(ScopeId id, bool rolling_day);
  ScopeId id() const { return id_; }

  void set_limits(ScopeKind kind, const Limits& limits);

  void advance(const Instant& now);

  // The refusal with the longest wait among this scope's limits, if any refuses. `asked_at` is the asker's clock, from
  // which the wait is told.
  std::optional<Denied> refusal(std::int64_t tokens, const Instant& now, std::int64_t asked_at) const;
  bool fits(std::int64_t tokens) const;

  void admit(std::int64_t tokens, const Instant& now);  // one request begins
  // It ends: changes what was counted when it was admitted by the differences.
  void end(std::int64_t requests, std::int64_t tokens, const Instant& admitted, const Instant& now);
  void book(std::int64_t requests, std::int64_t tokens, const Instant& at);  // work of the past

  Standing standing(const Instant& now, std::int64_t asked_at) const;
  // Puts those windows into `tightest` that are limited here and leave less than what stands there.
  void tighten(Standing& tightest, const Instant& now, std::int64_t asked_at) const;

  // It counts nothing: nothing would be lost by forgetting it.
  bool forgettable() const;

 private:
  // The three windows in use, each with its place in an Instant and its limits.
  template <class Self, class Visit>
  static void each_window(Self& self, Visit visit) {
    visit(self.minute_, &Instant::minute, LimitKind::rpm, LimitKind::tpm);
    visit(self.hour_, &Instant::hour, LimitKind::rph, LimitKind::tph);
    if (self.rolling_day_)
      visit(self.last_day_, &Instant::day, LimitKind::rpd, LimitKind::daily);
    else
      visit(self.today_, &Instant::day, LimitKind::rpd, LimitKind::daily);
  }
  std::int64_t bound(LimitKind kind) const { return bounds_[static_cast<std::size_t>(kind)]; }

  ScopeId id_;
  ScopeKind kind_ = ScopeKind::user;
  bool rolling_day_;
  bool limited_ = false;  // any limit at all
  std::int64_t in_flight_ = 0;
  std::array<std::int64_t, kLimitKinds> bounds_{};  // the limits, kNoLimit where there is none
  RollingWindow minute_;
  RollingWindow hour_;
  RollingWindow last_day_;  // in use if the day rolls,
  CalendarDay today_;       // else this
  Limits limits_;
};

}  // namespace ktl::quota

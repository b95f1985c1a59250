#pragma once
// Audits the quota engine from outside, for tests. It keeps every admitted charge as a plain record and recomputes each
// sum from all of them; it has no slices, no running sums and no code in common with the engine.
//
// What it holds the engine to:
//   never over      at each admission, every interval of a limit's length that ends there holds at most the limit; and
//                   where charges overran their reservation, any k lengths hold at most k limits (debt is paid)
//   well counted    the standing is at least what the interval holds, and at most what one slice more would hold
//   all or nothing  refusals leave every standing as it was; admissions show in every scope
//   ends once       a second end of a charge is refused, and nothing is open at the end
//   honest wait     Retry-After is not early, and not later than one slice explains
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "quota/decision.h"
#include "quota/limits.h"

namespace ktl::quota {

struct AuditorOptions {
  Millis day_offset{0};
  bool rolling_day = false;
  std::int64_t slices = 120;  // the promised fineness: 1/slices of a limit may be out of use
};

class Auditor {
 public:
  explicit Auditor(AuditorOptions options) : options_(options) {}

  void limits_set(ScopeId scope, const Limits& limits);
  void admitted(const Reservation& reservation, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now);
  void denied(const Denied& denied, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now);
  // `accepted` is what settle() or release() answered; no `actual` means release.
  void ended(ChargeId id, std::optional<std::int64_t> actual, bool accepted, WallTime now);
  void standing(ScopeId scope, const Standing& standing, WallTime now);
  // The end of the run: whatever order the charges came in, no interval anywhere was over its limit.
  void finish(std::int64_t open_reservations);

  WallTime latest() const { return WallTime(Millis(latest_)); }  // instant it was told of

  // The first thing that was wrong, in words.
  const std::optional<std::string>& finding() const { return finding_; }

 private:
  struct Charge {
    std::int64_t time = 0;
    std::int64_t reserved = 0;
    std::int64_t actual = 0;
    std::int64_t ended_at = 0;
    bool open = true;
    bool released = false;
  };
  struct Scope {
    Limits limits;
    Limits highest;  // ever, in this run
    bool changed = false;
    bool overran = false;  // some charge cost more than was reserved
    std::int64_t open = 0;
    std::vector<std::size_t> charges;  // in order of time
  };
  struct Sums {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    std::int64_t in(Dimension dimension) const { return dimension == Dimension::requests ? requests : tokens; }
  };

  void found(std::string words);
  std::int64_t seen(WallTime now);
  std::int64_t day_of(std::int64_t time) const;
  std::int64_t length(Window window) const;
  bool calendar(Window window) const { return window == Window::day && !options_.rolling_day; }
  // How many windows before the one that ends at `now` the instant `time` lies.
  std::int64_t windows_back(Window window, std::int64_t time, std::int64_t now) const;
  bool may_count(Window window, std::int64_t time, std::int64_t now) const;
  Sums least(const Scope& scope, Window window, std::int64_t now) const;
  Sums most(const Scope& scope, Window window, std::int64_t now) const;
  void check_never_over(ScopeId id, const Scope& scope, std::int64_t tokens, std::int64_t now);
  void check_debt_is_paid(ScopeId id, const Scope& scope, std::int64_t now);
  void check_every_interval(ScopeId id, const Scope& scope);

  AuditorOptions options_;
  std::int64_t latest_ = 0;
  std::vector<Charge> charges_;
  std::vector<std::vector<ScopeId>> scopes_of_;
  std::unordered_map<ChargeId, std::size_t> by_id_;
  std::unordered_map<ScopeId, Scope> scopes_;
  std::optional<std::string> finding_;
};

}  // namespace ktl::quota

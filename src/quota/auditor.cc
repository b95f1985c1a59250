#include "quota/auditor.h"

#include <algorithm>
#include <utility>

namespace ktl::quota {

namespace {

constexpr std::array kWindows{Window::minute, Window::hour, Window::day};
constexpr std::int64_t kDayLength = 86'400'000;

LimitKind requests_limit(Window window) {
  return window == Window::minute ? LimitKind::rpm : window == Window::hour ? LimitKind::rph : LimitKind::rpd;
}
LimitKind tokens_limit(Window window) {
  return window == Window::minute ? LimitKind::tpm : window == Window::hour ? LimitKind::tph : LimitKind::daily;
}

std::string words(ScopeId scope, LimitKind kind) {
  return "scope " + std::to_string(static_cast<std::uint32_t>(scope)) + " " + std::string(name_of(kind)) + ": ";
}

}  // namespace

void Auditor::found(std::string what) {
  if (!finding_) finding_ = std::move(what);
}

std::int64_t Auditor::seen(WallTime now) {
  return latest_ = std::max(latest_, now.time_since_epoch().count());
}

std::int64_t Auditor::day_of(std::int64_t time) const {
  return (time + options_.day_offset.count()) / kDayLength;
}

std::int64_t Auditor::length(Window window) const {
  return window == Window::minute ? 60'000 : window == Window::hour ? 3'600'000 : kDayLength;
}

std::int64_t Auditor::windows_back(Window window, std::int64_t time, std::int64_t now) const {
  return calendar(window) ? day_of(now) - day_of(time) : (now - time) / length(window);
}

bool Auditor::may_count(Window window, std::int64_t time, std::int64_t now) const {
  if (calendar(window)) return day_of(now) == day_of(time);
  return now - time < length(window) + length(window) / options_.slices;
}

Auditor::Sums Auditor::least(const Scope& scope, Window window, std::int64_t now) const {
  Sums sums;
  for (std::size_t i = scope.charges.size(); i > 0; --i) {
    const Charge& charge = charges_[scope.charges[i - 1]];
    if (windows_back(window, charge.time, now) > 0) break;
    sums.requests += charge.released ? 0 : 1;
    sums.tokens += charge.open ? charge.reserved : charge.actual;
  }
  return sums;
}

Auditor::Sums Auditor::most(const Scope& scope, Window window, std::int64_t now) const {
  Sums sums;
  for (std::size_t i = scope.charges.size(); i > 0; --i) {
    const Charge& charge = charges_[scope.charges[i - 1]];
    if (!may_count(window, charge.time, now)) break;
    // Ended when its slice may already have left: the correction may or may not have been made.
    const bool unsure = !charge.open && windows_back(window, charge.time, charge.ended_at) > 0;
    sums.requests += charge.released && !unsure ? 0 : 1;
    if (charge.open)
      sums.tokens += charge.reserved;
    else
      sums.tokens += unsure ? std::max(charge.reserved, charge.actual) : charge.actual;
  }
  return sums;
}

void Auditor::limits_set(ScopeId id, const Limits& limits) {
  const bool known = scopes_.contains(id);
  Scope& scope = scopes_[id];
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const std::int64_t before = known ? scope.highest.amount[i] : limits.amount[i];
    const bool unlimited = before == kUnlimited || limits.amount[i] == kUnlimited;
    scope.highest.amount[i] = unlimited ? kUnlimited : std::max(before, limits.amount[i]);
  }
  scope.changed |= known;
  scope.limits = limits;
}

void Auditor::admitted(const Reservation& reservation, std::span<const ScopeId> scopes, std::int64_t tokens,
                       WallTime at) {
  const std::int64_t now = seen(at);
  if (reservation.admitted_at.time_since_epoch().count() != now) found("a charge is not dated by the latest instant");
  if (reservation.tokens != tokens) found("another amount was reserved than asked for");
  if (!by_id_.emplace(reservation.id, charges_.size()).second) found("a charge id was given twice");
  Charge charge;
  charge.time = now;
  charge.reserved = tokens;
  charges_.push_back(charge);
  scopes_of_.emplace_back(scopes.begin(), scopes.end());
  for (const ScopeId id : scopes) {
    Scope& scope = scopes_[id];
    scope.charges.push_back(charges_.size() - 1);
    ++scope.open;
    check_never_over(id, scope, tokens, now);
    if (scope.overran && tokens > 0) check_debt_is_paid(id, scope, now);
  }
}

void Auditor::check_never_over(ScopeId id, const Scope& scope, std::int64_t tokens, std::int64_t now) {
  const auto check = [&](LimitKind kind, std::int64_t used) {
    const std::int64_t limit = scope.limits[kind];
    if (limit >= 0 && used > limit)
      found(words(id, kind) + std::to_string(used) + " admitted, " + std::to_string(limit) + " allowed");
  };
  for (const Window window : kWindows) {
    const LimitKind requests = requests_limit(window);
    const LimitKind of_tokens = tokens_limit(window);
    if (scope.limits[requests] < 0 && scope.limits[of_tokens] < 0) continue;
    const Sums sums = least(scope, window, now);
    check(requests, sums.requests);
    if (tokens > 0) check(of_tokens, sums.tokens);
  }
  check(LimitKind::concurrent, scope.open);
}

// Cut the past into windows, back from now. What each was known to hold when it closed was at most the limit plus the
// debt it handed on, and now no debt is left. An overrun that came to light after its window had closed is not among
// that: there the smaller amount is held against the limit.
void Auditor::check_debt_is_paid(ScopeId id, const Scope& scope, std::int64_t now) {
  for (const Window window : kWindows) {
    const std::int64_t limit = scope.highest[tokens_limit(window)];
    if (limit < 0) continue;
    std::int64_t tokens = 0;
    for (std::size_t i = scope.charges.size(); i > 0; --i) {
      const Charge& charge = charges_[scope.charges[i - 1]];
      if (charge.open)
        tokens += charge.reserved;
      else if (windows_back(window, charge.time, now) == windows_back(window, charge.ended_at, now))
        tokens += charge.actual;
      else
        tokens += std::min(charge.reserved, charge.actual);
      const std::int64_t windows = windows_back(window, charge.time, now) + 1;
      if (tokens > windows * limit)
        return found(words(id, tokens_limit(window)) + std::to_string(tokens) + " in " + std::to_string(windows) +
                     " windows of " + std::to_string(limit) + ": debt was forgiven");
    }
  }
}

void Auditor::denied(const Denied& denied, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime at) {
  const std::int64_t now = seen(at);
  if (std::find(scopes.begin(), scopes.end(), denied.scope) == scopes.end()) return found("a stranger's limit refused");
  const Scope& scope = scopes_[denied.scope];
  const std::string limit_words = words(denied.scope, denied.limit);
  const std::int64_t limit = scope.limits[denied.limit];
  const Dimension dimension = dimension_of(denied.limit);
  const std::int64_t ask = dimension == Dimension::tokens ? tokens : 1;
  if (limit < 0) return found(limit_words + "refused without a limit");
  if (denied.allowed != limit) return found(limit_words + "tells another limit than its own");
  if (denied.requested != ask) return found(limit_words + "tells another ask than was made");
  if (denied.never != (ask > limit)) return found(limit_words + "`never` is wrong");
  if (denied.never) return;
  if (dimension == Dimension::in_flight) {
    if (scope.open < limit) found(limit_words + "refused although a place is free");
    return;
  }
  const Window window = window_of(denied.limit);
  if (denied.used < least(scope, window, now).in(dimension)) found(limit_words + "a refusal tells too little use");
  const std::int64_t fits_at = (at + denied.retry_after).time_since_epoch().count();
  if (fits_at <= now) return found(limit_words + "no wait is told");
  if (least(scope, window, fits_at).in(dimension) + ask > limit) found(limit_words + "Retry-After is early");
  if (dimension == Dimension::tokens && scope.overran) return;  // debt explains more than slices do
  if (most(scope, window, now).in(dimension) + ask <= limit) found(limit_words + "refused although it fits");
  if (most(scope, window, fits_at - 1).in(dimension) + ask <= limit) found(limit_words + "Retry-After is late");
}

void Auditor::ended(ChargeId id, std::optional<std::int64_t> actual, bool accepted, WallTime at) {
  const std::int64_t now = seen(at);
  const auto known = by_id_.find(id);
  const bool open = known != by_id_.end() && charges_[known->second].open;
  if (accepted != open) return found(open ? "an open charge could not be ended" : "a charge was ended twice");
  if (!open) return;
  Charge& charge = charges_[known->second];
  charge.open = false;
  charge.released = !actual;
  charge.actual = actual.value_or(0);
  charge.ended_at = now;
  for (const ScopeId scope : scopes_of_[known->second]) {
    --scopes_[scope].open;
    scopes_[scope].overran |= charge.actual > charge.reserved;
  }
}

void Auditor::standing(ScopeId id, const Standing& standing, WallTime at) {
  const std::int64_t now = seen(at);
  const Scope& scope = scopes_[id];
  for (const Window window : kWindows) {
    const Sums low = least(scope, window, now);
    const Sums high = most(scope, window, now);
    for (const LimitKind kind : {requests_limit(window), tokens_limit(window)}) {
      const Dimension dimension = dimension_of(kind);
      const WindowStanding& shown = standing[kind];
      if (shown.used < low.in(dimension))
        found(words(id, kind) + std::to_string(shown.used) + " shown, " + std::to_string(low.in(dimension)) + " used");
      if (shown.used > high.in(dimension) && !(dimension == Dimension::tokens && scope.overran))
        found(words(id, kind) + std::to_string(shown.used) + " shown, at most " + std::to_string(high.in(dimension)) +
              " used");
      if (shown.limit != scope.limits[kind]) found(words(id, kind) + "shows another limit than was set");
      if (shown.limit >= 0 && shown.remaining != std::max(std::int64_t{0}, shown.limit - shown.used))
        found(words(id, kind) + "shows a wrong remainder");
      if ((shown.used > 0) != (shown.reset.count() > 0)) found(words(id, kind) + "shows a wrong reset");
    }
  }
  if (standing[LimitKind::concurrent].used != scope.open) found(words(id, LimitKind::concurrent) + "miscounted");
}

void Auditor::check_every_interval(ScopeId id, const Scope& scope) {
  for (const Window window : kWindows) {
    for (std::size_t first = 0; first < scope.charges.size(); ++first) {
      const std::int64_t begin = charges_[scope.charges[first]].time;
      Sums sums;
      for (std::size_t i = first; i < scope.charges.size(); ++i) {
        const Charge& charge = charges_[scope.charges[i]];
        if (windows_back(window, begin, charge.time) > 0) break;
        sums.requests += charge.released ? 0 : 1;
        sums.tokens += charge.actual;
      }
      for (const LimitKind kind : {requests_limit(window), tokens_limit(window)})
        if (scope.limits[kind] >= 0 && sums.in(dimension_of(kind)) > scope.limits[kind])
          found(words(id, kind) + "over its limit in the interval from " + std::to_string(begin));
    }
  }
}

void Auditor::finish(std::int64_t open_reservations) {
  if (open_reservations != 0) found(std::to_string(open_reservations) + " reservations are open at the end");
  for (const auto& [id, scope] : scopes_) {
    if (scope.open != 0) found("a charge was never ended");
    if (!scope.changed && !scope.overran) check_every_interval(id, scope);
  }
}

}  // namespace ktl::quota

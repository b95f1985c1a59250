#include "quota/account.h"

#include <algorithm>

namespace ktl::quota {

Account::Account(ScopeId id, bool rolling_day) : id_(id), rolling_day_(rolling_day) {
  bounds_.fill(kNoLimit);
}

void Account::set_limits(ScopeKind kind, const Limits& limits) {
  kind_ = kind;
  limits_ = limits;
  for (std::size_t i = 0; i < kLimitKinds; ++i)
    bounds_[i] = limits.amount[i] < 0 ? kNoLimit : std::min(limits.amount[i], kNoLimit);
  limited_ = limits != Limits{};
}

void Account::advance(const Instant& now) {
  each_window(*this,
              [&](auto& window, auto tick, LimitKind, LimitKind tokens) { window.advance(now.*tick, bound(tokens)); });
}

bool Account::fits(std::int64_t tokens) const {
  bool room = in_flight_ < bound(LimitKind::concurrent);
  each_window(*this, [&](const auto& window, auto, LimitKind requests_limit, LimitKind tokens_limit) {
    room &= window.requests() < bound(requests_limit);
    room &= tokens == 0 || window.tokens() + tokens <= bound(tokens_limit);
  });
  return room;
}

std::optional<Denied> Account::refusal(std::int64_t tokens, const Instant& now, std::int64_t asked_at) const {
  std::optional<Denied> longest;
  const auto refuse = [&](LimitKind limit, std::int64_t used, std::int64_t ask, bool never, std::int64_t fits_at) {
    const Denied denied{id_, kind_, limit, limits_[limit], used, ask, Millis(never ? 0 : fits_at - asked_at), never};
    if (!longest || waits_longer(denied, *longest)) longest = denied;
  };
  const std::int64_t places = bound(LimitKind::concurrent);
  if (in_flight_ >= places) refuse(LimitKind::concurrent, in_flight_, 1, places == 0, asked_at + 1000);
  each_window(*this, [&](const auto& window, auto tick, LimitKind requests_limit, LimitKind tokens_limit) {
    const std::int64_t requests_bound = bound(requests_limit);
    if (window.requests() >= requests_bound) {
      const bool never = requests_bound == 0;
      refuse(requests_limit, window.requests(), 1, never,
             never ? 0 : window.requests_fit_at(requests_bound, 1, now.*tick));
    }
    const std::int64_t tokens_bound = bound(tokens_limit);
    if (tokens > 0 && window.tokens() + tokens > tokens_bound) {
      const bool never = tokens > tokens_bound;
      refuse(tokens_limit, window.tokens(), tokens, never,
             never ? 0 : window.tokens_fit_at(tokens_bound, tokens, now.*tick));
    }
  });
  return longest;
}

void Account::admit(std::int64_t tokens, const Instant& now) {
  ++in_flight_;
  each_window(*this, [&](auto& window, auto tick, LimitKind, LimitKind) { window.add(now.*tick, 1, tokens); });
}

void Account::end(std::int64_t requests, std::int64_t tokens, const Instant& admitted, const Instant& now) {
  --in_flight_;
  if (requests == 0 && tokens == 0) return;
  each_window(*this, [&](auto& window, auto tick, LimitKind, LimitKind tokens_limit) {
    window.correct(admitted.*tick, requests, tokens, now.*tick, bound(tokens_limit));
  });
}

void Account::book(std::int64_t requests, std::int64_t tokens, const Instant& at) {
  each_window(*this, [&](auto& window, auto tick, LimitKind, LimitKind) { window.add(at.*tick, requests, tokens); });
}

Standing Account::standing(const Instant& now, std::int64_t asked_at) const {
  Standing result;
  const auto tell = [&](LimitKind kind, std::int64_t used, std::int64_t clear_at) {
    const std::int64_t limit = limits_[kind] < 0 ? kUnlimited : limits_[kind];
    result.window[static_cast<std::size_t>(kind)] = {limit, used, std::max(std::int64_t{0}, limit - used),
                                                     Millis(used > 0 ? clear_at - asked_at : 0)};
  };
  each_window(*this, [&](const auto& window, auto tick, LimitKind requests_limit, LimitKind tokens_limit) {
    tell(requests_limit, window.requests(), window.requests_clear_at(now.*tick));
    tell(tokens_limit, window.tokens(), window.tokens_clear_at(bound(tokens_limit), now.*tick));
  });
  tell(LimitKind::concurrent, in_flight_, asked_at);
  return result;
}

void Account::tighten(Standing& tightest, const Instant& now, std::int64_t asked_at) const {
  if (!limited_) return;
  const auto tell = [&](LimitKind kind, std::int64_t used, auto clear_at) {
    WindowStanding& best = tightest.window[static_cast<std::size_t>(kind)];
    const std::int64_t limit = limits_[kind];
    const std::int64_t remaining = std::max(std::int64_t{0}, limit - used);
    if (limit < 0 || (best.limit != kUnlimited && best.remaining <= remaining)) return;
    best = {limit, used, remaining, Millis(used > 0 ? clear_at() - asked_at : 0)};
  };
  each_window(*this, [&](const auto& window, auto tick, LimitKind requests_limit, LimitKind tokens_limit) {
    tell(requests_limit, window.requests(), [&] { return window.requests_clear_at(now.*tick); });
    tell(tokens_limit, window.tokens(), [&] { return window.tokens_clear_at(bound(tokens_limit), now.*tick); });
  });
  tell(LimitKind::concurrent, in_flight_, [&] { return asked_at; });
}

bool Account::forgettable() const {
  bool idle = in_flight_ == 0;
  each_window(*this, [&](const auto& window, auto, LimitKind, LimitKind) { idle &= window.empty(); });
  return idle;
}

}  // namespace ktl::quota

#include "gateway/shared_view.h"

#include <algorithm>
#include <array>
#include <bit>

namespace ktl::gateway {
namespace {

std::size_t index_of(ScopeId scope) {
  return static_cast<std::size_t>(scope);
}

// Calls `visit` with the place of each bit that is set.
template <class Visit>
void each_bit(unsigned bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

bool waits_longer(const quota::Denied& a, const quota::Denied& b) {
  return a.never != b.never ? a.never : a.retry_after > b.retry_after;
}

}  // namespace

SharedView::Known& SharedView::known(ScopeId scope) {
  if (index_of(scope) >= known_.size()) known_.resize(index_of(scope) + 1);
  return known_[index_of(scope)];
}

const SharedView::Known* SharedView::find(ScopeId scope) const {
  return index_of(scope) < known_.size() ? &known_[index_of(scope)] : nullptr;
}

void SharedView::set_limits(const quota::LimitedScope& scope) {
  if (index_of(scope.id) >= rules_.size()) {
    rules_.resize(index_of(scope.id) + 1);
    limited_.resize(rules_.size());
  }
  quota::LimitedScope& rule = rules_[index_of(scope.id)];
  if (rule == scope) return;
  rule = scope;
  Kinds kinds = 0;
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
    if (scope.limits.amount[kind] != quota::kUnlimited) kinds |= static_cast<Kinds>(1U << kind);
  limited_[index_of(scope.id)] = kinds;
  known(scope.id).refusal.reset();
}

quota::LimitedScope SharedView::limited(ScopeId scope) const {
  if (index_of(scope) >= rules_.size() || rules_[index_of(scope)].id == ScopeId::none)
    return {.id = scope, .limits = {}};
  return rules_[index_of(scope)];
}

SharedView::Kinds SharedView::limited_kinds(ScopeId scope) const {
  return index_of(scope) < limited_.size() ? limited_[index_of(scope)] : Kinds{0};
}

void SharedView::told(ScopeId scope, const quota::Standing& standing, WallTime now) {
  Known& it = known(scope);
  it.standing = standing;
  it.told_at = now;
}

void SharedView::refused(const quota::Denied& denied, WallTime now) {
  quota::WindowStanding& window = known(denied.scope).standing.window[static_cast<std::size_t>(denied.limit)];
  window.used = denied.used;
  window.reset = std::max(window.reset, now - known(denied.scope).told_at + denied.retry_after);
  if (denied.never || denied.limit == quota::LimitKind::concurrent) return;
  if (quota::dimension_of(denied.limit) != quota::Dimension::requests) return;
  Known& it = known(denied.scope);
  it.refusal = denied;
  it.refused_until = now + denied.retry_after;
}

void SharedView::spent(std::span<const ScopeId> scopes, std::int64_t requests, std::int64_t tokens) {
  // By kind: rpm rph rpd, tpm tph daily, and places in flight, which are counted as they are.
  const std::array<std::int64_t, quota::kLimitKinds> more{requests, requests, requests, tokens, tokens, tokens, 0};
  for (const ScopeId scope : scopes) {
    const Kinds kinds = limited_kinds(scope);
    if (kinds == 0) continue;
    quota::Standing& standing = known(scope).standing;
    each_bit(kinds, [&standing, &more](std::size_t kind) {
      std::int64_t& used = standing.window[kind].used;
      used = std::max(std::int64_t{0}, used + more[kind]);
    });
  }
}

void SharedView::began(std::span<const ScopeId> scopes) {
  for (const ScopeId scope : scopes) ++known(scope).in_flight;
}

void SharedView::ended(std::span<const ScopeId> scopes) {
  for (const ScopeId scope : scopes) --known(scope).in_flight;
}

std::optional<quota::Denied> SharedView::refusal(std::span<const ScopeId> scopes, WallTime now) const {
  std::optional<quota::Denied> longest;
  const auto consider = [&longest](const quota::Denied& denied) {
    if (!longest || waits_longer(denied, *longest)) longest = denied;
  };
  for (const ScopeId scope : scopes) {
    const Known* it = find(scope);
    if (it == nullptr) continue;
    if (it->refusal && now < it->refused_until) {
      quota::Denied denied = *it->refusal;
      // A clock that went back must not make the wait longer than it was.
      denied.retry_after = std::min(denied.retry_after, it->refused_until - now);
      consider(denied);
    }
    constexpr Kinds kPlaces = 1U << static_cast<unsigned>(quota::LimitKind::concurrent);
    if ((limited_kinds(scope) & kPlaces) == 0) continue;
    const quota::LimitedScope& rule = rules_[index_of(scope)];
    const std::int64_t places = rule.limits[quota::LimitKind::concurrent];
    if (it->in_flight >= places) {
      consider({.scope = scope,
                .scope_kind = rule.kind,
                .limit = quota::LimitKind::concurrent,
                .allowed = places,
                .used = it->in_flight,
                .requested = 1,
                .retry_after = std::chrono::seconds(1),
                .never = places == 0});
    }
  }
  return longest;
}

quota::WindowStanding SharedView::window_of(const Known* it, std::size_t kind, std::int64_t limit, WallTime now) {
  quota::WindowStanding window;
  if (it != nullptr) {
    const quota::WindowStanding& told = it->standing.window[kind];
    const Millis age = std::max(Millis(0), now - it->told_at);
    if (static_cast<quota::LimitKind>(kind) == quota::LimitKind::concurrent) {
      window.used = std::max(told.used, it->in_flight);
    } else if (age < told.reset) {
      window.used = told.used;
      window.reset = told.reset - age;
    }
  }
  window.limit = limit;
  window.remaining = std::max(std::int64_t{0}, limit - window.used);
  return window;
}

quota::Standing SharedView::standing(ScopeId scope, WallTime now) const {
  const Known* it = find(scope);
  const quota::LimitedScope rule = limited(scope);
  quota::Standing result;
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
    result.window[kind] = window_of(it, kind, rule.limits.amount[kind], now);
  return result;
}

quota::Standing SharedView::tightest(std::span<const ScopeId> scopes, WallTime now) const {
  quota::Standing result;
  for (const ScopeId scope : scopes) {
    const Kinds kinds = limited_kinds(scope);
    if (kinds == 0) continue;
    const Known* it = find(scope);
    const quota::Limits& limits = rules_[index_of(scope)].limits;
    each_bit(kinds, [&](std::size_t kind) {
      const quota::WindowStanding window = window_of(it, kind, limits.amount[kind], now);
      quota::WindowStanding& least = result.window[kind];
      if (least.limit == quota::kUnlimited || window.remaining < least.remaining) least = window;
    });
  }
  return result;
}

}  // namespace ktl::gateway

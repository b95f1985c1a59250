#include "gateway/shared_view.h"

#include <algorithm>

namespace ktl::gateway {
namespace {

std::size_t index_of(ScopeId scope) {
  return static_cast<std::size_t>(scope);
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
  if (index_of(scope.id) >= rules_.size()) rules_.resize(index_of(scope.id) + 1);
  quota::LimitedScope& rule = rules_[index_of(scope.id)];
  if (rule == scope) return;
  rule = scope;
  known(scope.id).refusal.reset();
}

quota::LimitedScope SharedView::limited(ScopeId scope) const {
  if (index_of(scope) >= rules_.size() || rules_[index_of(scope)].id == ScopeId::none)
    return {.id = scope, .limits = {}};
  return rules_[index_of(scope)];
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
  for (const ScopeId scope : scopes) {
    quota::Standing& standing = known(scope).standing;
    const auto add = [&standing](quota::LimitKind kind, std::int64_t amount) {
      std::int64_t& used = standing.window[static_cast<std::size_t>(kind)].used;
      used = std::max(std::int64_t{0}, used + amount);
    };
    for (const auto kind : {quota::LimitKind::rpm, quota::LimitKind::rph, quota::LimitKind::rpd}) add(kind, requests);
    for (const auto kind : {quota::LimitKind::tpm, quota::LimitKind::tph, quota::LimitKind::daily}) add(kind, tokens);
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
    const quota::LimitedScope rule = limited(scope);
    const std::int64_t places = rule.limits[quota::LimitKind::concurrent];
    if (places != quota::kUnlimited && it->in_flight >= places) {
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

quota::Standing SharedView::standing(ScopeId scope, WallTime now) const {
  const Known* it = find(scope);
  const quota::LimitedScope rule = limited(scope);
  quota::Standing result = it != nullptr ? it->standing : quota::Standing{};
  const Millis age = it != nullptr ? std::max(Millis(0), now - it->told_at) : Millis(0);
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
    quota::WindowStanding& window = result.window[kind];
    window.limit = rule.limits.amount[kind];
    if (static_cast<quota::LimitKind>(kind) == quota::LimitKind::concurrent) {
      window.used = it != nullptr ? std::max(window.used, it->in_flight) : 0;
    } else if (age >= window.reset) {
      window.used = 0;
      window.reset = Millis(0);
    } else {
      window.reset -= age;
    }
    window.remaining = std::max(std::int64_t{0}, window.limit - window.used);
  }
  return result;
}

quota::Standing SharedView::tightest(std::span<const ScopeId> scopes, WallTime now) const {
  quota::Standing result;
  for (const ScopeId scope : scopes) {
    const quota::Standing mine = standing(scope, now);
    for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
      const quota::WindowStanding& window = mine.window[kind];
      quota::WindowStanding& least = result.window[kind];
      if (window.limit == quota::kUnlimited) continue;
      if (least.limit == quota::kUnlimited || window.remaining < least.remaining) least = window;
    }
  }
  return result;
}

}  // namespace ktl::gateway

#pragma once
// What the shared store last told of each scope: enough for headers and for refusals that need no question. Never used
// to admit anything.
//
// A refusal is remembered for requests only (a smaller prompt might still fit), until the instant the store named; the
// places in flight are our own, a lower bound of all. Pure; not thread-safe.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "quota/decision.h"
#include "quota/shared_limits.h"

namespace ktl::gateway {

class SharedView {
 public:
  // Forgets what was refused under other limits.
  void set_limits(const quota::LimitedScope& scope);
  quota::LimitedScope limited(ScopeId scope) const;
  std::span<const quota::LimitedScope> all() const { return rules_; }  // by number; with holes (ScopeId::none)

  void told(ScopeId scope, const quota::Standing& standing, WallTime now);
  void refused(const quota::Denied& denied, WallTime now);
  // What this gateway gave from a lease, and what came back of it, since it was told.
  void spent(std::span<const ScopeId> scopes, std::int64_t requests, std::int64_t tokens);
  void began(std::span<const ScopeId> scopes);
  void ended(std::span<const ScopeId> scopes);

  // The longest refusal that certainly still holds.
  std::optional<quota::Denied> refusal(std::span<const ScopeId> scopes, WallTime now) const;
  quota::Standing standing(ScopeId scope, WallTime now) const;
  quota::Standing tightest(std::span<const ScopeId> scopes, WallTime now) const;

 private:
  struct Known {
    quota::Standing standing;
    WallTime told_at{};
    std::int64_t in_flight = 0;
    std::optional<quota::Denied> refusal;
    WallTime refused_until{};
  };
  using Kinds = std::uint8_t;  // bit i: LimitKind i
  static quota::WindowStanding window_of(const Known* it, std::size_t kind, std::int64_t limit, WallTime now);
  Kinds limited_kinds(ScopeId scope) const;
  Known& known(ScopeId scope);
  const Known* find(ScopeId scope) const;

  // All by scope number: the store gives small ones.
  std::vector<quota::LimitedScope> rules_;
  std::vector<Kinds> limited_;  // the kinds that a rule limits, since most scopes limit few or none
  std::vector<Known> known_;
};

}  // namespace ktl::gateway

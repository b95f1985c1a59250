#pragma once
// One seeded life of a quota engine under an auditor, for tests. Everything is drawn from the seed: scopes, limits,
// pace, how far charges miss their reservation, releases, repeated ends, limit changes, restarts that rebuild the
// windows from a ledger, and a clock that jumps both ways.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "quota/engine.h"

namespace ktl::quota {

// What is simulated: the engine, or something that pretends to be one.
class Subject {
 public:
  explicit Subject(EngineOptions options) : engine(options) {}
  virtual ~Subject() = default;

  virtual Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) {
    return engine.reserve(id, scopes, tokens, now);
  }
  virtual bool settle(ChargeId id, std::int64_t actual, WallTime now) { return engine.settle(id, actual, now); }
  virtual bool release(ChargeId id, WallTime now) { return engine.release(id, now); }
  virtual std::optional<Denied> would_deny(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) {
    return engine.would_deny(scopes, tokens, now);
  }
  virtual Standing standing(ScopeId scope, WallTime now) { return engine.standing(scope, now); }
  virtual void set_limits(ScopeId scope, const Limits& limits) { engine.set_limits(scope, ScopeKind::user, limits); }
  virtual void restore(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime admitted_at) {
    engine.restore(scopes, 1, tokens, admitted_at);
  }

  Engine engine;
};

using MakeSubject = std::function<std::unique_ptr<Subject>(EngineOptions)>;

struct SimulationResult {
  std::optional<std::string> finding;
  std::int64_t admitted = 0;
  std::int64_t denied = 0;
  std::int64_t waited = 0;  // obeyed Retry-After to the millisecond
  std::int64_t restarts = 0;
};

SimulationResult simulate(std::uint64_t seed, int steps, const MakeSubject& make_subject);

}  // namespace ktl::quota

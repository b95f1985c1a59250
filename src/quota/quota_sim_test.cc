// P1 and P2 by simulation: thousands of seeded lives of the engine under the auditor. KTL_SIM_SEEDS sets how many,
// KTL_SIM_FIRST_SEED where to begin (to repeat a failure: that seed, and 1).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "quota/simulation.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KTL_SLOWED_DOWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KTL_SLOWED_DOWN 1
#endif
#endif

namespace ktl::quota {
namespace {

using namespace std::chrono_literals;

#ifdef KTL_SLOWED_DOWN
constexpr std::uint64_t kSeeds = 2'500;
#else
constexpr std::uint64_t kSeeds = 20'000;
#endif
constexpr int kSteps = 400;
constexpr std::uint64_t kCanarySeeds = 300;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

template <class Kind>
MakeSubject make() {
  return [](EngineOptions options) { return std::make_unique<Kind>(options); };
}

TEST(QuotaSimulation, TheAuditorFindsNothing) {
  const std::uint64_t first = from_environment("KTL_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("KTL_SIM_SEEDS", kSeeds);
  std::int64_t admitted = 0, denied = 0, waited = 0, restarts = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const SimulationResult result = simulate(seed, kSteps, make<Subject>());
    ASSERT_FALSE(result.finding) << "seed " << seed << ": " << *result.finding;
    admitted += result.admitted;
    denied += result.denied;
    waited += result.waited;
    restarts += result.restarts;
  }
  RecordProperty("admitted", std::to_string(admitted));
  RecordProperty("denied", std::to_string(denied));
  RecordProperty("waited", std::to_string(waited));
  RecordProperty("restarts", std::to_string(restarts));
  if (seeds >= 100) {  // a simulation in which nothing happens would find nothing either
    EXPECT_GT(admitted, static_cast<std::int64_t>(seeds) * kSteps / 10);
    EXPECT_GT(denied, static_cast<std::int64_t>(seeds) * kSteps / 20);
    EXPECT_GT(waited, static_cast<std::int64_t>(seeds));
    EXPECT_GT(restarts, static_cast<std::int64_t>(seeds) / 10);
  }
}

// Engines that are wrong in one way each. If the auditor does not see it, the test above proves nothing.

struct ForgetsSomeCharges : Subject {
  using Subject::Subject;
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    const Decision decision = Subject::reserve(id, scopes, tokens, now);
    if (std::holds_alternative<Reservation>(decision) && ++admitted % 16 == 0) {
      engine.release(id, now);
      forgotten[id] = true;
    }
    return decision;
  }
  bool settle(ChargeId id, std::int64_t actual, WallTime now) override {
    return Subject::settle(id, actual, now) || forgotten.erase(id) > 0;
  }
  bool release(ChargeId id, WallTime now) override { return Subject::release(id, now) || forgotten.erase(id) > 0; }
  int admitted = 0;
  std::map<ChargeId, bool> forgotten;
};

struct AcceptsASecondEnd : Subject {
  using Subject::Subject;
  bool settle(ChargeId id, std::int64_t actual, WallTime now) override {
    Subject::settle(id, actual, now);
    return true;
  }
};

struct LeavesTheLastScopeOut : Subject {
  using Subject::Subject;
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    return Subject::reserve(id, scopes.size() > 1 ? scopes.first(scopes.size() - 1) : scopes, tokens, now);
  }
};

struct ForgivesDebt : Subject {
  using Subject::Subject;
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    reserved[id] = tokens;
    return Subject::reserve(id, scopes, tokens, now);
  }
  bool settle(ChargeId id, std::int64_t actual, WallTime now) override {
    return Subject::settle(id, std::min(actual, reserved[id]), now);
  }
  std::map<ChargeId, std::int64_t> reserved;
};

struct GivesNothingBack : Subject {
  using Subject::Subject;
  bool release(ChargeId id, WallTime now) override { return Subject::settle(id, 0, now); }
};

struct ReservesALittleLess : Subject {
  using Subject::Subject;
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    Decision decision = Subject::reserve(id, scopes, std::max(std::int64_t{0}, tokens - 1), now);
    if (auto* reservation = std::get_if<Reservation>(&decision)) reservation->tokens = tokens;
    return decision;
  }
};

struct RefundsTwice : Subject {
  using Subject::Subject;
  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    reserved[id] = tokens;
    return Subject::reserve(id, scopes, tokens, now);
  }
  bool settle(ChargeId id, std::int64_t actual, WallTime now) override {
    return Subject::settle(id, std::max(std::int64_t{0}, actual - std::max(std::int64_t{0}, reserved[id] - actual)),
                           now);
  }
  std::map<ChargeId, std::int64_t> reserved;
};

template <class Kind>
class Canary : public testing::Test {};
using Broken = testing::Types<ForgetsSomeCharges, AcceptsASecondEnd, LeavesTheLastScopeOut, ForgivesDebt,
                              GivesNothingBack, ReservesALittleLess, RefundsTwice>;
TYPED_TEST_SUITE(Canary, Broken);

TYPED_TEST(Canary, IsFound) {
  for (std::uint64_t seed = 1; seed <= kCanarySeeds; ++seed)
    if (simulate(seed, kSteps, make<TypeParam>()).finding) return;
  FAIL() << "the auditor let a broken engine pass for " << kCanarySeeds << " seeds";
}

// P2: whoever waits exactly as told gets nearly all of the limit, whatever the rhythm of the asks.
TEST(ObedientClient, GetsNearlyAllOfItsLimit) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    const bool hour = seed % 3 == 0;
    const Millis window = hour ? Millis(1h) : Millis(1min);
    const LimitKind kind = hour ? LimitKind::tph : LimitKind::tpm;
    const std::int64_t limit = 20'000 + static_cast<std::int64_t>(rng.below(100'000));
    const std::int64_t largest = 1 + limit / 1000;
    // From "as fast as it can" to "somewhat faster than the limit allows": a client that asks for less gets less.
    const std::int64_t asks_a_window = 2 * limit / (largest + 1);
    const auto slowest = static_cast<std::uint64_t>(window.count() / asks_a_window);
    const std::uint64_t pause = rng.below(slowest * 14 / 10 + 1);

    Engine engine;
    Limits limits;
    limits[kind] = limit;
    const std::vector scopes{ScopeId{1}};
    engine.set_limits(scopes[0], ScopeKind::user, limits);
    const WallTime start = WallTime(std::chrono::sys_days{std::chrono::May / 5 / 2026}) + Millis(rng.below(3'600'000));
    constexpr int kWindows = 20;
    const WallTime end = start + kWindows * window;
    std::int64_t admitted = 0;
    std::uint64_t id = 0;
    for (WallTime now = start; now < end;) {
      const std::int64_t ask = 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(largest)));
      const Decision decision = engine.reserve(ChargeId{++id}, scopes, ask, now);
      if (const auto* denied = std::get_if<Denied>(&decision)) {
        now += denied->retry_after;
        continue;
      }
      admitted += ask;
      engine.settle(ChargeId{id}, ask, now);
      now += Millis(rng.below(pause + 1));
    }
    EXPECT_GE(static_cast<double>(admitted), 0.99 * static_cast<double>(limit) * kWindows);
  }
}

}  // namespace
}  // namespace ktl::quota

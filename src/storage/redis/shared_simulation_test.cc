// P1, P3 and P5 for several gateways that share one store, by simulation: thousands of seeded lives under an auditor
// that shares no code with what it audits. KTL_SIM_SEEDS sets how many (5,000 at night), KTL_SIM_FIRST_SEED where to
// begin (to repeat a failure: that seed, and 1).
#include "storage/redis/shared_simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KTL_SLOWED_DOWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KTL_SLOWED_DOWN 1
#endif
#endif

namespace ktl::storage::redis {
namespace {

#ifdef KTL_SLOWED_DOWN
constexpr std::uint64_t kSeeds = 60;
#else
constexpr std::uint64_t kSeeds = 300;
#endif

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

TEST(SharedSimulation, TheAuditorFindsNothing) {
  const std::uint64_t first = from_environment("KTL_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("KTL_SIM_SEEDS", kSeeds);
  LuaHost host;
  SharedLife sum;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const SharedLife life = simulate_shared(seed, host);
    ASSERT_FALSE(life.finding) << "seed " << seed << ": " << *life.finding;
    sum.admitted += life.admitted;
    sum.refused += life.refused;
    sum.undone += life.undone;
    sum.leased += life.leased;
    sum.from_leases += life.from_leases;
    sum.expired += life.expired;
    sum.adjusted += life.adjusted;
    sum.booked += life.booked;
    sum.told_again += life.told_again;
    sum.deaths += life.deaths;
    sum.outages += life.outages;
    sum.forgotten += life.forgotten;
  }
  std::printf(
      "%lu lives: %ld admitted, %ld refused, %ld undone, %ld leases with %ld requests, %ld expired, "
      "%ld adjusted, %ld booked, %ld told again, %ld deaths, %ld outages, %ld forgotten\n",
      static_cast<unsigned long>(seeds), sum.admitted, sum.refused, sum.undone, sum.leased, sum.from_leases,
      sum.expired, sum.adjusted, sum.booked, sum.told_again, sum.deaths, sum.outages, sum.forgotten);
  if (seeds < 100) return;  // a simulation in which nothing happens would find nothing either
  const auto lives = static_cast<std::int64_t>(seeds);
  EXPECT_GT(sum.admitted, 20 * lives);
  EXPECT_GT(sum.refused, 5 * lives);
  EXPECT_GT(sum.from_leases, lives);
  for (const std::int64_t count : {sum.undone, sum.leased, sum.expired, sum.adjusted, sum.booked, sum.told_again,
                                   sum.deaths, sum.outages, sum.forgotten})
    EXPECT_GT(count, lives / 20);
}

// What canaries prove does not depend on how they are compiled, and some need hundreds of seeds: not under sanitizers.
#ifndef KTL_SLOWED_DOWN

constexpr std::uint64_t kCanarySeeds = 1'000;

// Functions and gateways that are wrong in one way each. If the auditor does not see it, the test above proves nothing.

struct Canary {
  const char* name;
  std::string_view right;
  std::string_view wrong;
  std::string_view right_too = {};
  std::string_view wrong_too = {};
};

void replace(std::string& source, std::string_view right, std::string_view wrong) {
  const auto at = source.find(right);
  ASSERT_NE(at, std::string::npos) << "the functions have changed: there is no " << right;
  ASSERT_EQ(source.find(right, at + 1), std::string::npos) << "twice: " << right;
  source.replace(at, right.size(), wrong);
}

class FunctionsCanary : public testing::TestWithParam<Canary> {};

TEST_P(FunctionsCanary, IsFoundByTheAuditor) {
  const Canary& canary = GetParam();
  std::string source(functions_source());
  replace(source, canary.right, canary.wrong);
  if (!canary.right_too.empty()) replace(source, canary.right_too, canary.wrong_too);
  LuaHost host(source);
  for (std::uint64_t seed = 1; seed <= kCanarySeeds; ++seed) {
    if (const auto finding = simulate_shared(seed, host).finding) {
      std::printf("seed %lu: %s\n", static_cast<unsigned long>(seed), finding->c_str());
      return;
    }
  }
  FAIL() << canary.name << " lived through " << kCanarySeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Each, FunctionsCanary,
    testing::Values(
        Canary{"CountsALeaseInThePresentSlice", "if slot > present then slots = slots_at(slot, day) end", "",
               "number_of(r.admitted_at), number_of(r.slot)", "number_of(r.admitted_at), number_of(r.admitted_at)"},
        Canary{"ForgetsEndedChargesAfterAMinute", "local ENDED_FOR = 7 * DAY", "local ENDED_FOR = 60000"},
        Canary{"ForgetsExpiredChargesAfterASecond", "local EXPIRED_FOR = 30 * DAY", "local EXPIRED_FOR = 1000"},
        Canary{"BooksTwice", "if mark_ended(keys[3], args[4]) then", "if mark_ended(keys[3], args[4]) and false then"},
        Canary{"AdjustsWithoutAnEntry", "and (late or kind ~= 'undo') then", "and not late and kind ~= 'undo' then"},
        Canary{"AdjustsByAllThatWasUsed",
               "if late then requests, prompt = requests - record.requests, prompt - record.tokens end", ""},
        Canary{"UndoesOnlyWhatIsThere", "if kind == 'undo' then call('SET', keys[1], 'e undo', 'PX', REMEMBERED) end",
               ""},
        Canary{"CountsTheSameReservationTwice", "call('SET', keys[1], text, 'NX')", "call('SET', keys[1], text)"},
        Canary{"RollsUpTwice", "if lines > 0 then call('HSET', keys[2], '@', place) end", ""},
        Canary{"KeepsThePlacesOfTheDead", "late and 0 or record.places, limits)",
               "kind == 'expire' and 0 or record.places, limits)"},
        Canary{"ReleasesWithoutTheTokens", "return finish(keys, args, 'release', 'unknown', {0, 0, 0, 0, 0})",
               "return finish(keys, args, 'release', 'unknown', {0, 1, 0, 0, 0})"},
        Canary{"AsksTheFirstScopeAlone", "    if not fits(s, limits[i], tokens, requests, places) then\n",
               "    if i == 1 and not fits(s, limits[i], tokens, requests, places) then\n"},
        Canary{"SpendsTwice", "if ended[k] == 0 then",
               "if ended[k] then"},
        Canary{"GivesBackWhatWasSpent",
               "requests + left_requests - record.requests, tokens + left_tokens - record.tokens",
               "left_requests - record.requests, left_tokens - record.tokens"},
        Canary{"BooksTheLeasesOfTheDeadTwice", "if late and (left_requests", "if late and false and (left_requests"},
        Canary{"SettlesInThePresentSlice", "local slots = slots_at(record.slot, day)",
               "local slots = slots_at(now, day)"}),
    [](const auto& canary) { return std::string(canary.param.name); });

class GatewaysCanary : public testing::TestWithParam<Careless> {};

TEST_P(GatewaysCanary, IsFoundByTheAuditor) {
  LuaHost host;
  for (std::uint64_t seed = 1; seed <= kCanarySeeds; ++seed) {
    if (const auto finding = simulate_shared(seed, host, GetParam()).finding) {
      std::printf("seed %lu: %s\n", static_cast<unsigned long>(seed), finding->c_str());
      return;
    }
  }
  FAIL() << "lived through " << kCanarySeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Each, GatewaysCanary,
                         testing::Values(Careless::drops_unknown, Careless::forgets_first_step, Careless::tells_once,
                                         Careless::leases_for_ever, Careless::shrinks_early));

#endif

}  // namespace
}  // namespace ktl::storage::redis

#include "quota/engine.h"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ktl::quota {
namespace {

using namespace std::chrono_literals;

constexpr ScopeId kUser{7};
constexpr ScopeId kGroup{8};
constexpr ScopeId kEverybody{9};
// 2026-01-05 00:00 in Seoul; also on every slice's grid.
constexpr WallTime kMidnight{std::chrono::sys_days{std::chrono::January / 4 / 2026} + 15h};
constexpr WallTime kStart = kMidnight + 10h;

Limits only(LimitKind kind, std::int64_t amount) {
  Limits limits;
  limits[kind] = amount;
  return limits;
}

// An engine that gives out charge ids, with one limited user.
struct Gate {
  explicit Gate(Limits limits = {}, EngineOptions options = {}) : engine(options) {
    engine.set_limits(kUser, ScopeKind::user, limits);
  }
  Decision reserve(std::int64_t tokens, WallTime now, std::vector<ScopeId> scopes = {kUser}) {
    return engine.reserve(ChargeId{++last}, scopes, tokens, now);
  }
  bool admits(std::int64_t tokens, WallTime now) { return std::holds_alternative<Reservation>(reserve(tokens, now)); }
  Denied refusal(std::int64_t tokens, WallTime now, std::vector<ScopeId> scopes = {kUser}) {
    return std::get<Denied>(reserve(tokens, now, std::move(scopes)));
  }
  // One request from beginning to end.
  void spend(std::int64_t reserved, std::int64_t actual, WallTime now) {
    ASSERT_TRUE(admits(reserved, now));
    ASSERT_TRUE(engine.settle(ChargeId{last}, actual, now));
  }
  WindowStanding standing(LimitKind kind, WallTime now) { return engine.standing(kUser, now)[kind]; }

  Engine engine;
  std::uint64_t last = 0;
};

TEST(Limits, HaveTheNamesOfTheConfiguration) {
  EXPECT_EQ(name_of(LimitKind::rpm), "rpm");
  EXPECT_EQ(name_of(LimitKind::daily), "daily");
  EXPECT_EQ(name_of(LimitKind::concurrent), "concurrent");
  EXPECT_EQ(dimension_of(LimitKind::rph), Dimension::requests);
  EXPECT_EQ(dimension_of(LimitKind::daily), Dimension::tokens);
  EXPECT_EQ(dimension_of(LimitKind::concurrent), Dimension::in_flight);
  EXPECT_EQ(window_of(LimitKind::tpm), Window::minute);
  EXPECT_EQ(window_of(LimitKind::tph), Window::hour);
  EXPECT_EQ(window_of(LimitKind::rpd), Window::day);
}

TEST(Engine, AdmitsUpToTheLimitAndRefusesTheNext) {
  Gate gate(only(LimitKind::rpm, 3));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate.admits(10, kStart));
  const Denied denied = gate.refusal(10, kStart);
  EXPECT_EQ(denied.scope, kUser);
  EXPECT_EQ(denied.scope_kind, ScopeKind::user);
  EXPECT_EQ(denied.limit, LimitKind::rpm);
  EXPECT_EQ(denied.allowed, 3);
  EXPECT_EQ(denied.used, 3);
  EXPECT_EQ(denied.requested, 1);
  EXPECT_FALSE(denied.never);
}

TEST(Engine, RetryAfterIsTheFirstMillisecondAtWhichTheAskFits) {
  for (const auto& [kind, window] : {std::pair{LimitKind::tpm, Millis(1min)}, {LimitKind::tph, Millis(1h)}}) {
    Gate gate(only(kind, 100));
    const WallTime first = kStart + 137ms;
    gate.spend(60, 60, first);
    gate.spend(40, 40, first + window / 2);
    const WallTime asked = first + window / 2 + 1234ms;
    const Millis wait = gate.refusal(50, asked).retry_after;
    EXPECT_GE(asked + wait, first + window);
    EXPECT_LE(asked + wait, first + window + window / kSlices);
    EXPECT_FALSE(gate.admits(50, asked + wait - 1ms));
    EXPECT_TRUE(gate.admits(50, asked + wait));
  }
}

TEST(Engine, TheDayEndsAtMidnightOfItsZone) {
  Gate gate(only(LimitKind::daily, 100));
  gate.spend(100, 100, kMidnight + 24h - 1ms);
  EXPECT_EQ(gate.refusal(1, kMidnight + 24h - 1ms).retry_after, 1ms);
  EXPECT_TRUE(gate.admits(100, kMidnight + 24h));
  EXPECT_EQ(gate.refusal(1, kMidnight + 24h).retry_after, 24h);
}

TEST(Engine, TheDayRollsOnRequest) {
  Gate gate(only(LimitKind::daily, 100), {.rolling_day = true});
  gate.spend(100, 100, kMidnight + 24h - 1ms);
  EXPECT_FALSE(gate.admits(1, kMidnight + 24h));
  const Denied denied = gate.refusal(1, kMidnight + 24h);
  EXPECT_GE(denied.retry_after, 24h - 1ms);
  EXPECT_LE(denied.retry_after, 24h + 12min);
  EXPECT_TRUE(gate.admits(100, kMidnight + 24h + denied.retry_after));
}

TEST(Engine, RefusesAllScopesOrNone) {
  Gate gate;
  gate.engine.set_limits(kGroup, ScopeKind::group, only(LimitKind::tpm, 10));
  const Denied denied = gate.refusal(11, kStart, {kUser, kGroup, kEverybody});
  EXPECT_EQ(denied.scope, kGroup);
  EXPECT_EQ(denied.scope_kind, ScopeKind::group);
  for (const ScopeId scope : {kUser, kGroup, kEverybody})
    for (const WindowStanding& window : gate.engine.standing(scope, kStart).window) EXPECT_EQ(window.used, 0);
  EXPECT_EQ(gate.engine.open_reservations(), 0);
}

TEST(Engine, TellsTheLimitWithTheLongestWait) {
  Limits limits;
  limits[LimitKind::rpm] = 1;
  limits[LimitKind::rph] = 1;
  limits[LimitKind::concurrent] = 1;
  Gate gate(limits);
  gate.engine.set_limits(kGroup, ScopeKind::group, only(LimitKind::rpd, 1));
  ASSERT_TRUE(std::holds_alternative<Reservation>(gate.reserve(1, kStart, {kUser, kGroup})));
  EXPECT_EQ(gate.refusal(1, kStart).limit, LimitKind::rph);
  EXPECT_EQ(gate.refusal(1, kStart, {kUser, kGroup}).limit, LimitKind::rpd);
  EXPECT_EQ(gate.refusal(1, kStart, {kUser, kGroup}).retry_after, 14h);
}

TEST(Engine, AnAskBiggerThanTheLimitIsToldThatWaitingDoesNotHelp) {
  Limits limits = only(LimitKind::tpm, 100);
  limits[LimitKind::rpd] = 1;
  Gate gate(limits);
  gate.spend(1, 1, kStart);
  const Denied denied = gate.refusal(101, kStart);  // the day's only request is used up too, but that passes
  EXPECT_TRUE(denied.never);
  EXPECT_EQ(denied.limit, LimitKind::tpm);
  EXPECT_EQ(denied.requested, 101);
  EXPECT_EQ(denied.used, 1);
}

TEST(Engine, ALimitOfZeroForbidsAllWork) {
  for (const LimitKind kind : {LimitKind::rpm, LimitKind::daily, LimitKind::concurrent}) {
    Gate gate(only(kind, 0));
    EXPECT_TRUE(gate.refusal(1, kStart).never) << name_of(kind);
  }
}

TEST(Engine, LimitsWhatIsInFlight) {
  Gate gate(only(LimitKind::concurrent, 2));
  EXPECT_TRUE(gate.admits(1, kStart));
  EXPECT_TRUE(gate.admits(1, kStart));
  const Denied denied = gate.refusal(1, kStart);
  EXPECT_EQ(denied.limit, LimitKind::concurrent);
  EXPECT_EQ(denied.retry_after, 1s);
  EXPECT_EQ(denied.used, 2);
  EXPECT_TRUE(gate.engine.settle(ChargeId{1}, 1, kStart + 1h));
  EXPECT_TRUE(gate.admits(1, kStart + 1h));
  EXPECT_FALSE(gate.admits(1, kStart + 48h));  // nobody expires here by age alone
}

TEST(Engine, SettlingBelowGivesTheRestBackAndReleasingGivesAllBack) {
  Limits limits = only(LimitKind::tpm, 100);
  limits[LimitKind::rpm] = 2;
  Gate gate(limits);
  gate.spend(100, 30, kStart);
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).remaining, 70);
  ASSERT_TRUE(gate.admits(70, kStart + 5s));
  EXPECT_FALSE(gate.admits(1, kStart + 5s));
  ASSERT_TRUE(gate.engine.release(ChargeId{2}, kStart + 6s));
  EXPECT_EQ(gate.standing(LimitKind::rpm, kStart + 6s).used, 1);
  EXPECT_TRUE(gate.admits(70, kStart + 6s));
}

TEST(Engine, EachReservationEndsOnce) {
  Gate gate(only(LimitKind::tpm, 100));
  ASSERT_TRUE(gate.admits(50, kStart));
  EXPECT_TRUE(gate.engine.settle(ChargeId{1}, 50, kStart));
  EXPECT_FALSE(gate.engine.settle(ChargeId{1}, 0, kStart));
  EXPECT_FALSE(gate.engine.release(ChargeId{1}, kStart));
  EXPECT_FALSE(gate.engine.release(ChargeId{99}, kStart));
  EXPECT_FALSE(gate.engine.settle(ChargeId::none, 1, kStart));
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).used, 50);
  EXPECT_EQ(gate.standing(LimitKind::concurrent, kStart).used, 0);
}

TEST(Engine, SettlingAfterTheSliceLeftChangesOnlyTheLongerWindows) {
  Gate gate;
  ASSERT_TRUE(gate.admits(50, kStart));
  gate.spend(5, 5, kStart + 2min);
  ASSERT_TRUE(gate.engine.settle(ChargeId{1}, 20, kStart + 2min));
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart + 2min).used, 5);
  EXPECT_EQ(gate.standing(LimitKind::tph, kStart + 2min).used, 25);
}

TEST(Engine, AChargeOfYesterdayCorrectsYesterday) {
  Gate gate;
  const WallTime evening = kMidnight + 24h - 1min;
  ASSERT_TRUE(gate.admits(50, evening));
  gate.spend(7, 7, evening + 2min);
  ASSERT_TRUE(gate.engine.settle(ChargeId{1}, 500, evening + 2min));
  EXPECT_EQ(gate.standing(LimitKind::daily, evening + 2min).used, 7);
  EXPECT_EQ(gate.standing(LimitKind::rpd, evening + 2min).used, 1);
  EXPECT_EQ(gate.standing(LimitKind::tph, evening + 2min).used, 507);
}

TEST(Engine, DebtIsCarriedIntoTheNextWindowsUntilItIsPaid) {
  Gate gate(only(LimitKind::tpm, 100));
  gate.spend(10, 350, kStart);  // 250 over
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).used, 350);
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).remaining, 0);
  const Millis window = 1min;
  const WallTime left = kStart + window + 499ms;  // the last millisecond of the slice, a window later
  EXPECT_EQ(kStart + gate.refusal(1, kStart).retry_after, left + 2 * window);  // 250 and 150 fill two more
  EXPECT_EQ(kStart + gate.refusal(51, kStart).retry_after, left + 3 * window);
  EXPECT_EQ(kStart + gate.standing(LimitKind::tpm, kStart).reset, left + 3 * window);
  EXPECT_EQ(gate.standing(LimitKind::tpm, left).used, 250);
  EXPECT_EQ(gate.standing(LimitKind::tpm, left + window).used, 150);
  EXPECT_FALSE(gate.admits(1, left + 2 * window - 1ms));
  EXPECT_TRUE(gate.admits(50, left + 2 * window));
  EXPECT_FALSE(gate.admits(1, left + 2 * window));
}

TEST(Engine, DebtIsPaidOnTimeHoweverLateSomebodyLooks) {
  for (const Millis pause : {Millis(1min), Millis(90s), Millis(1h), Millis(7h)}) {
    Gate watched(only(LimitKind::tpm, 100));
    Gate unwatched(only(LimitKind::tpm, 100));
    for (Gate* gate : {&watched, &unwatched}) {
      gate->spend(60, 60, kStart);
      gate->spend(40, 12'345, kStart + 20s);
    }
    for (WallTime now = kStart + 20s; now < kStart + pause; now += 250ms) watched.standing(LimitKind::tpm, now);
    const WallTime now = kStart + 20s + pause;
    EXPECT_EQ(watched.standing(LimitKind::tpm, now).used, unwatched.standing(LimitKind::tpm, now).used);
    EXPECT_EQ(watched.standing(LimitKind::tpm, now).reset, unwatched.standing(LimitKind::tpm, now).reset);
  }
}

TEST(Engine, DebtOfADayIsTakenFromTheNextDays) {
  Gate gate(only(LimitKind::daily, 100));
  gate.spend(10, 320, kStart);
  EXPECT_EQ(gate.refusal(80, kStart).retry_after, 14h + 48h);
  EXPECT_EQ(gate.refusal(81, kStart).retry_after, 14h + 72h);
  EXPECT_EQ(gate.standing(LimitKind::daily, kMidnight + 24h).used, 220);
  EXPECT_EQ(gate.standing(LimitKind::daily, kMidnight + 72h).used, 20);
  EXPECT_TRUE(gate.admits(80, kMidnight + 72h));
  EXPECT_FALSE(gate.admits(1, kMidnight + 72h));
}

TEST(Engine, ARaisedLimitTakesTheDebtIntoTheWindowAndALoweredOneMakesNone) {
  Gate gate(only(LimitKind::tpm, 100));
  gate.spend(10, 350, kStart);
  gate.engine.set_limits(kUser, ScopeKind::user, only(LimitKind::tpm, 1000));
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart + 1s).used, 350);
  gate.spend(650, 650, kStart + 1s);
  gate.engine.set_limits(kUser, ScopeKind::user, only(LimitKind::tpm, 100));
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart + 1s).used, 1000);
  EXPECT_TRUE(gate.admits(100, kStart + 63s));
}

TEST(Engine, AClockThatGoesBackOpensNothing) {
  Gate gate(only(LimitKind::tpm, 100));
  gate.spend(100, 100, kStart);
  const Denied denied = gate.refusal(1, kStart - 3h);
  EXPECT_GE(denied.retry_after, 3h + 1min);  // as the asker's clock sees it
  EXPECT_LE(denied.retry_after, 3h + 61s);
  EXPECT_FALSE(gate.admits(1, kStart - 3h + denied.retry_after - 1ms));
  EXPECT_TRUE(gate.admits(1, kStart - 3h + denied.retry_after));
}

TEST(Engine, AReservationUnderAClockThatWentBackIsDatedByTheLatestInstant) {
  Gate gate;
  gate.spend(1, 1, kStart);
  const auto reservation = std::get<Reservation>(gate.reserve(5, kStart - 1h));
  EXPECT_EQ(reservation.admitted_at, kStart);
  EXPECT_EQ(reservation.tokens, 5);
  EXPECT_EQ(reservation.id, ChargeId{2});
}

TEST(Engine, CountsWhatHasNoLimitYet) {
  Gate gate;
  gate.spend(70, 70, kStart);
  gate.engine.set_limits(kUser, ScopeKind::user, only(LimitKind::tpm, 100));
  EXPECT_FALSE(gate.admits(31, kStart));
  EXPECT_TRUE(gate.admits(30, kStart));
  EXPECT_EQ(gate.engine.limits_of(kUser)[LimitKind::tpm], 100);
  EXPECT_EQ(gate.engine.limits_of(kGroup), Limits{});
}

TEST(Engine, AnEarlyAskWithoutTokensLooksAtRequestsAndPlacesAlone) {
  Limits limits = only(LimitKind::tpm, 100);
  limits[LimitKind::rpm] = 2;
  Gate gate(limits);
  const std::vector scopes{kUser};
  gate.spend(100, 100, kStart);
  EXPECT_FALSE(gate.engine.would_deny(scopes, 0, kStart));
  EXPECT_EQ(gate.engine.would_deny(scopes, 1, kStart)->limit, LimitKind::tpm);
  gate.engine.set_limits(kUser, ScopeKind::user, only(LimitKind::rpm, 1));
  EXPECT_EQ(gate.engine.would_deny(scopes, 0, kStart)->limit, LimitKind::rpm);
  EXPECT_FALSE(gate.engine.would_deny(std::vector{kEverybody}, 1000, kStart));
}

TEST(Engine, RestoredWorkCountsInTheWindowsItStillBelongsTo) {
  Gate gate;
  const std::vector scopes{kUser};
  const WallTime now = kMidnight + 24h + 30s;
  gate.engine.restore(scopes, 1, 10, now);
  gate.engine.restore(scopes, 2, 100, now - 40s);  // the day before
  gate.engine.restore(scopes, 3, 1000, now - 5min);
  gate.engine.restore(scopes, 4, 10'000, now - 2h);
  EXPECT_EQ(gate.standing(LimitKind::tpm, now).used, 110);
  EXPECT_EQ(gate.standing(LimitKind::rpm, now).used, 3);
  EXPECT_EQ(gate.standing(LimitKind::tph, now).used, 1110);
  EXPECT_EQ(gate.standing(LimitKind::rph, now).used, 6);
  EXPECT_EQ(gate.standing(LimitKind::daily, now).used, 10);
  EXPECT_EQ(gate.engine.open_reservations(), 0);
  EXPECT_EQ(gate.standing(LimitKind::tpm, now + 30s).used, 10);
}

TEST(Engine, ResetIsWhenNothingOfTodaysUseCountsAnyMore) {
  Gate gate(only(LimitKind::tpm, 100));
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).reset, 0ms);
  gate.spend(10, 10, kStart);
  gate.spend(10, 10, kStart + 30s);
  ASSERT_TRUE(gate.admits(10, kStart + 50s));
  ASSERT_TRUE(gate.engine.release(ChargeId{3}, kStart + 50s));  // leaves an empty slice, which holds nothing up
  const Millis reset = gate.standing(LimitKind::tpm, kStart + 50s).reset;
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart + 50s + reset - 1ms).used, 10);
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart + 50s + reset).used, 0);
  EXPECT_EQ(gate.standing(LimitKind::rpd, kStart + 50s + reset).reset, 14h - 50s - reset);
}

TEST(Engine, AnAbsurdNumberOfTokensCannotOverflowASum) {
  Gate gate;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 100; ++i) gate.spend(most, most, kStart);
  gate.engine.set_limits(kUser, ScopeKind::user, only(LimitKind::tpm, most));
  EXPECT_TRUE(gate.admits(most, kStart));
}

TEST(Engine, AReportOfLessThanNothingIsNothing) {
  Gate gate;
  gate.spend(10, -50, kStart);
  EXPECT_EQ(gate.standing(LimitKind::tpm, kStart).used, 0);
}

TEST(Engine, KeepsSeveralThousandScopesApart) {
  Engine engine;
  std::uint64_t charge = 0;
  for (std::uint32_t id = 1; id <= 3000; ++id) {
    const std::vector scopes{ScopeId{id * 7919}, kEverybody};
    ASSERT_TRUE(std::holds_alternative<Reservation>(engine.reserve(ChargeId{++charge}, scopes, id, kStart)));
  }
  for (std::uint32_t id = 1; id <= 3000; ++id) {
    EXPECT_EQ(engine.standing(ScopeId{id * 7919}, kStart)[LimitKind::tpm].used, id);
    if (id % 2 == 0) {
      EXPECT_TRUE(engine.release(ChargeId{id}, kStart));
    }
  }
  EXPECT_EQ(engine.open_reservations(), 1500);
  EXPECT_EQ(engine.standing(kEverybody, kStart)[LimitKind::rpm].used, 1500);
}

TEST(Tightest, IsOfEachKindTheLimitedWindowThatLeavesLeast) {
  Gate gate(only(LimitKind::tpm, 1000));
  Limits group = only(LimitKind::tpm, 800);
  group[LimitKind::rpm] = 5;
  gate.engine.set_limits(kGroup, ScopeKind::group, group);
  const std::vector<ScopeId> all{kUser, kGroup, kEverybody};
  ASSERT_TRUE(std::holds_alternative<Reservation>(gate.reserve(300, kStart, all)));
  ASSERT_TRUE(gate.admits(400, kStart));  // the user alone: 300 left here, 500 in the group

  const Standing tightest = gate.engine.tightest(all, kStart);
  EXPECT_EQ(tightest[LimitKind::tpm].limit, 1000);
  EXPECT_EQ(tightest[LimitKind::tpm].remaining, 300);
  EXPECT_EQ(tightest[LimitKind::tpm].reset, gate.standing(LimitKind::tpm, kStart).reset);
  EXPECT_EQ(tightest[LimitKind::rpm].limit, 5);
  EXPECT_EQ(tightest[LimitKind::rpm].remaining, 4);
  EXPECT_EQ(tightest[LimitKind::daily].limit, kUnlimited);
  EXPECT_EQ(gate.engine.tightest(std::vector<ScopeId>{kEverybody}, kStart)[LimitKind::tpm].limit, kUnlimited);
}

// Scopes that count nothing cost an entry in a table; their limits hold all the same.
TEST(Engine, ALimitHoldsForAScopeThatWasNeverUsedAndAfterItWasForgotten) {
  Gate gate(only(LimitKind::tpm, 100));
  gate.engine.set_limits(kGroup, ScopeKind::group, only(LimitKind::rpm, 0));
  const auto check = [&gate](WallTime now) {
    const std::vector<ScopeId> user{kUser}, group{kGroup};
    EXPECT_EQ(gate.engine.limits_of(kUser), only(LimitKind::tpm, 100));
    for (const WindowStanding& told :
         {gate.standing(LimitKind::tpm, now), gate.engine.tightest(user, now)[LimitKind::tpm]}) {
      EXPECT_EQ(told.limit, 100);
      EXPECT_EQ(told.used, 0);
      EXPECT_EQ(told.remaining, 100);
    }
    EXPECT_EQ(gate.engine.would_deny(user, 100, now), std::nullopt);
    const auto too_much = gate.engine.would_deny(user, 101, now);
    ASSERT_TRUE(too_much);
    EXPECT_TRUE(too_much->never);
    EXPECT_EQ(too_much->scope, kUser);
    const auto forbidden = gate.engine.would_deny(group, 0, now);
    ASSERT_TRUE(forbidden);
    EXPECT_EQ(forbidden->scope_kind, ScopeKind::group);
    EXPECT_EQ(forbidden->limit, LimitKind::rpm);
  };
  check(kStart);
  gate.spend(60, 60, kStart);
  const WallTime later = kStart + 48h;
  // Others' work goes through the accounts until those that count nothing are gone.
  for (int i = 0; i < 200; ++i) {
    const Decision other = gate.reserve(1, later, {kEverybody});
    ASSERT_TRUE(std::holds_alternative<Reservation>(other));
    ASSERT_TRUE(gate.engine.release(ChargeId{gate.last}, later));
  }
  check(later);
  gate.spend(60, 60, later);
  EXPECT_FALSE(gate.admits(41, later));
  EXPECT_TRUE(gate.admits(40, later));
}

}  // namespace
}  // namespace ktl::quota

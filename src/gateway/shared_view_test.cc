#include "gateway/shared_view.h"

#include <gtest/gtest.h>

namespace ktl::gateway {
namespace {

using quota::LimitKind;

constexpr ScopeId kKey{1};
constexpr ScopeId kUser{2};
constexpr ScopeId kBoth[] = {kKey, kUser};

WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(1'800'000'000 + seconds));
}

quota::Limits limits(std::int64_t rpm, std::int64_t tpm, std::int64_t concurrent) {
  quota::Limits limits;
  limits[LimitKind::rpm] = rpm;
  limits[LimitKind::tpm] = tpm;
  limits[LimitKind::concurrent] = concurrent;
  return limits;
}

SharedView view_of(const quota::Limits& user) {
  SharedView view;
  view.set_limits({ScopeKind::key, kKey, {}});
  view.set_limits({ScopeKind::user, kUser, user});
  return view;
}

quota::Denied denied(LimitKind kind, Millis wait) {
  return {.scope = kUser, .limit = kind, .allowed = 5, .used = 5, .requested = 1, .retry_after = wait};
}

TEST(SharedView, ARefusalOfRequestsHoldsUntilTheInstantThatWasTold) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  view.refused(denied(LimitKind::rpm, std::chrono::seconds(10)), at(0));
  const auto later = view.refusal(kBoth, at(4));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->limit, LimitKind::rpm);
  EXPECT_EQ(later->retry_after, std::chrono::seconds(6));
  EXPECT_TRUE(view.refusal(kBoth, at(9)));
  EXPECT_FALSE(view.refusal(kBoth, at(10)));
}

TEST(SharedView, ARefusalOfTokensIsAskedAgainBecauseLessMayFit) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  view.refused(denied(LimitKind::tpm, std::chrono::seconds(10)), at(0));
  EXPECT_FALSE(view.refusal(kBoth, at(1)));
}

TEST(SharedView, NewLimitsEndARefusalAndOldOnesDoNot) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  view.refused(denied(LimitKind::rpm, std::chrono::seconds(10)), at(0));
  view.set_limits({ScopeKind::user, kUser, limits(5, 1000, quota::kUnlimited)});
  EXPECT_TRUE(view.refusal(kBoth, at(1)));
  view.set_limits({ScopeKind::user, kUser, limits(50, 1000, quota::kUnlimited)});
  EXPECT_FALSE(view.refusal(kBoth, at(1)));
}

TEST(SharedView, AClockThatWentBackMakesNoWaitLonger) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  view.refused(denied(LimitKind::rpm, std::chrono::seconds(10)), at(0));
  EXPECT_EQ(view.refusal(kBoth, at(-100))->retry_after, std::chrono::seconds(10));
}

TEST(SharedView, OwnPlacesInFlightRefuseWithoutAQuestion) {
  SharedView view = view_of(limits(quota::kUnlimited, quota::kUnlimited, 2));
  view.began(kBoth);
  EXPECT_FALSE(view.refusal(kBoth, at(0)));
  view.began(kBoth);
  const auto full = view.refusal(kBoth, at(0));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->limit, LimitKind::concurrent);
  EXPECT_EQ(full->scope, kUser);
  view.ended(kBoth);
  EXPECT_FALSE(view.refusal(kBoth, at(0)));
}

TEST(SharedView, WhatWasToldFadesWithItsReset) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  quota::Standing standing;
  standing.window[static_cast<std::size_t>(LimitKind::tpm)] = {1000, 400, 600, std::chrono::seconds(30)};
  view.told(kUser, standing, at(0));
  EXPECT_EQ(view.standing(kUser, at(10))[LimitKind::tpm].remaining, 600);
  EXPECT_EQ(view.standing(kUser, at(10))[LimitKind::tpm].reset, std::chrono::seconds(20));
  EXPECT_EQ(view.standing(kUser, at(30))[LimitKind::tpm].remaining, 1000);
  EXPECT_EQ(view.tightest(kBoth, at(10))[LimitKind::tpm].remaining, 600);
  EXPECT_EQ(view.tightest(kBoth, at(10))[LimitKind::tph].limit, quota::kUnlimited);
}

TEST(SharedView, WhatALeaseGaveCountsAtOnceForTheKindsThatAreLimited) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  quota::Standing standing;
  standing.window[static_cast<std::size_t>(LimitKind::rpm)] = {5, 1, 4, std::chrono::seconds(30)};
  standing.window[static_cast<std::size_t>(LimitKind::tpm)] = {1000, 400, 600, std::chrono::seconds(30)};
  view.told(kUser, standing, at(0));
  view.spent(kBoth, 1, 300);
  EXPECT_EQ(view.tightest(kBoth, at(1))[LimitKind::rpm].remaining, 3);
  EXPECT_EQ(view.tightest(kBoth, at(1))[LimitKind::tpm].remaining, 300);
  EXPECT_EQ(view.standing(kUser, at(1))[LimitKind::tph].used, 0);
  view.spent(kBoth, 0, -200);  // it used less than it had reserved
  EXPECT_EQ(view.standing(kUser, at(1))[LimitKind::tpm].used, 500);
  EXPECT_EQ(view.standing(kUser, at(30))[LimitKind::tpm].used, 0) << "it fades with what was told";
  view.spent(kBoth, -9, -9'000);
  EXPECT_EQ(view.standing(kUser, at(1))[LimitKind::tpm].used, 0);
}

TEST(SharedView, ARefusalTellsTheStandingToo) {
  SharedView view = view_of(limits(5, 1000, quota::kUnlimited));
  view.refused(denied(LimitKind::rpm, std::chrono::seconds(10)), at(0));
  EXPECT_EQ(view.standing(kUser, at(1))[LimitKind::rpm].remaining, 0);
  EXPECT_EQ(view.standing(kUser, at(1))[LimitKind::rpm].reset, std::chrono::seconds(9));
}

}  // namespace
}  // namespace ktl::gateway

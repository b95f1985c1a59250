#include "quota/bans.h"

#include <gtest/gtest.h>

namespace ktl::quota {
namespace {

using namespace std::chrono_literals;

constexpr ScopeId kUser{7};
constexpr ScopeId kOther{8};
constexpr WallTime kStart{std::chrono::sys_days{std::chrono::January / 5 / 2026} + 10h};
constexpr BanOptions kOptions{3, 60s, 1h};

TEST(BanList, BansAtTheThresholdWithinTheWindowAndTellsWhenItBegins) {
  BanList bans(kOptions);
  EXPECT_FALSE(bans.violation(kUser, kStart));
  EXPECT_FALSE(bans.violation(kUser, kStart + 1s));
  EXPECT_FALSE(bans.check(kUser, kStart + 1s));
  EXPECT_TRUE(bans.violation(kUser, kStart + 2s));
  const auto banned = bans.check(kUser, kStart + 3s);
  ASSERT_TRUE(banned);
  EXPECT_EQ(banned->retry_after, 1h - 1s);
  EXPECT_FALSE(banned->ban.manual);
  EXPECT_FALSE(bans.check(kOther, kStart + 3s));
}

TEST(BanList, ViolationsFurtherApartThanTheWindowDoNotAddUp) {
  BanList bans(kOptions);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(bans.violation(kUser, kStart + i * 30s));
  EXPECT_TRUE(bans.violation(kUser, kStart + 99 * 30s + 1s));
}

TEST(BanList, ABanEndsByItselfAndTheCountBeginsAnew) {
  BanList bans(kOptions);
  for (int i = 0; i < 3; ++i) bans.violation(kUser, kStart);
  EXPECT_TRUE(bans.check(kUser, kStart + 1h - 1ms));
  EXPECT_FALSE(bans.check(kUser, kStart + 1h));
  EXPECT_FALSE(bans.violation(kUser, kStart + 1h));
  EXPECT_FALSE(bans.violation(kUser, kStart + 1h));
  EXPECT_TRUE(bans.violation(kUser, kStart + 1h));
}

TEST(BanList, ViolationsDuringABanDoNotProlongIt) {
  BanList bans(kOptions);
  for (int i = 0; i < 3; ++i) bans.violation(kUser, kStart);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(bans.violation(kUser, kStart + 30min));
  EXPECT_FALSE(bans.check(kUser, kStart + 1h));
}

TEST(BanList, AThresholdOfZeroNeverBans) {
  BanList bans(BanOptions{0, 60s, 1h});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(bans.violation(kUser, kStart));
  EXPECT_FALSE(bans.check(kUser, kStart));
}

TEST(BanList, AManualBanStandsUntilItsTimeOrUntilLifted) {
  BanList bans(kOptions);
  bans.ban(kUser, std::nullopt, "abuse");
  bans.ban(kOther, kStart + 10s, "a break");
  EXPECT_EQ(bans.check(kUser, kStart + 24h * 365)->ban.reason, "abuse");
  EXPECT_EQ(bans.check(kUser, kStart)->retry_after, std::nullopt);
  EXPECT_TRUE(bans.check(kUser, kStart)->ban.manual);
  EXPECT_FALSE(bans.check(kOther, kStart + 24h));
  EXPECT_TRUE(bans.unban(kUser, kStart));
  EXPECT_FALSE(bans.unban(kUser, kStart));
  EXPECT_FALSE(bans.check(kUser, kStart));
}

TEST(BanList, ListsWhatStandsAndTakesItOverAgain) {
  BanList bans(kOptions);
  for (int i = 0; i < 3; ++i) bans.violation(kOther, kStart);
  bans.ban(kUser, std::nullopt, "abuse");
  bans.ban(ScopeId{9}, kStart + 1s, "over soon");
  const auto standing = bans.list(kStart + 2s);
  ASSERT_EQ(standing.size(), 2u);
  EXPECT_EQ(standing[0].scope, kUser);
  EXPECT_EQ(standing[1].scope, kOther);
  EXPECT_EQ(standing[1].until, kStart + 1h);

  BanList after_restart(kOptions);
  for (const Ban& ban : standing) after_restart.restore(ban);
  EXPECT_EQ(after_restart.list(kStart + 2s), standing);
  EXPECT_FALSE(after_restart.check(kOther, kStart + 1h));
}

TEST(BanList, AClockThatGoesBackEndsNoBanAndForgetsNoViolation) {
  BanList bans(kOptions);
  bans.violation(kUser, kStart);
  bans.violation(kUser, kStart - 5h);
  EXPECT_TRUE(bans.violation(kUser, kStart - 5h));
  EXPECT_EQ(bans.check(kUser, kStart - 5h)->retry_after, 6h);  // as the asker's clock sees it
}

}  // namespace
}  // namespace ktl::quota

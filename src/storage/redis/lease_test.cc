#include "storage/redis/lease.h"

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

using namespace std::chrono_literals;
using quota::LimitKind;

const MonoTime kStart{1h};

Demand busy(int requests_per_second, std::int64_t tokens) {
  Demand demand;
  for (int i = 0; i < 20 * requests_per_second; ++i)
    demand.asked(tokens, kStart - 20s + Millis(1000 / requests_per_second) * i);
  return demand;
}

std::vector<LimitedScope> user(LimitKind kind, std::int64_t amount) {
  LimitedScope scope{ScopeKind::user, ScopeId{7}, {}};
  scope.limits[kind] = amount;
  return {scope};
}

std::optional<LeaseAmount> amount(const Demand& demand, const std::vector<LimitedScope>& scopes, std::int64_t used,
                                  std::int64_t gateways = 1) {
  Told told;
  told.used.fill(used);
  return amount_to_lease({}, demand, scopes, {&told, 1}, gateways, kStart);
}

Lease lease(const LeaseAmount& amount) {
  Admitted granted;
  granted.at = WallTime(1000s);
  granted.counted_until = granted.at + 2s;
  return {amount, granted, kStart};
}

TEST(Demand, IsTheRateOfTheLastSeconds) {
  const Demand demand = busy(20, 100);
  EXPECT_NEAR(demand.requests_per_second(kStart), 20, 1.5);
  EXPECT_NEAR(demand.tokens_per_request(), 100, 1);
  EXPECT_LT(demand.requests_per_second(kStart + 20s), 1);
}

TEST(AmountToLease, CoversTheDemandOfItsTime) {
  const auto leased = amount(busy(20, 100), user(LimitKind::tpm, 1'000'000), 0);
  ASSERT_TRUE(leased);
  EXPECT_NEAR(static_cast<double>(leased->requests), 25, 3);
  EXPECT_NEAR(static_cast<double>(leased->tokens), 3125, 300);
  EXPECT_EQ(leased->places, 0);
}

TEST(AmountToLease, IsNothingForTheIdle) {
  EXPECT_FALSE(amount(busy(1, 100), user(LimitKind::tpm, 1'000'000), 0));
  EXPECT_FALSE(amount({}, user(LimitKind::tpm, 1'000'000), 0));
}

TEST(AmountToLease, LeavesHalfOfTheRoomToOthers) {
  EXPECT_EQ(amount(busy(20, 100), user(LimitKind::tpm, 10'000), 2'000, 2)->tokens, 2'000);
  EXPECT_EQ(amount(busy(20, 100), user(LimitKind::rpm, 100), 20, 2)->requests, 20);
  EXPECT_FALSE(amount(busy(20, 100), user(LimitKind::tpm, 10'000), 9'900));
  EXPECT_FALSE(amount(busy(20, 100), user(LimitKind::tpm, 10'000), 12'000));
}

TEST(AmountToLease, TakesPlacesWhereTheyAreLimited) {
  EXPECT_EQ(amount(busy(20, 100), user(LimitKind::concurrent, 16), 0)->places, 8);
  EXPECT_FALSE(amount(busy(20, 100), user(LimitKind::concurrent, 16), 15));
}

TEST(Lease, HandsOutNoMoreThanItHolds) {
  Lease mine = lease({3, 100, 0});
  EXPECT_TRUE(mine.take(60, kStart));
  EXPECT_FALSE(mine.take(41, kStart));
  EXPECT_TRUE(mine.take(40, kStart));
  EXPECT_TRUE(mine.over(kStart));
}

TEST(Lease, HandsOutAgainWhatWasNotUsed) {
  Lease mine = lease({3, 100, 1});
  ASSERT_TRUE(mine.take(90, kStart));
  EXPECT_FALSE(mine.take(5, kStart)) << "it has one place";
  mine.ended(90, {1, {.prompt = 20, .completion = 10}, ledger::Outcome::ok});
  EXPECT_TRUE(mine.take(70, kStart));
  mine.ended(70, {0, {}, ledger::Outcome::unknown});
  EXPECT_TRUE(mine.take(70, kStart));
  EXPECT_EQ(mine.running(), (LeaseAmount{1, 70, 1}));
  mine.ended(70, {1, {.prompt = 1, .completion = 2}, ledger::Outcome::ok});
  EXPECT_EQ(mine.left(), (LeaseAmount{1, 67, 1}));
  EXPECT_EQ(mine.running(), (LeaseAmount{0, 0, 0}));
}

TEST(Lease, MissesWhatWasUsedBeyondTheReservation) {
  Lease mine = lease({3, 100, 0});
  ASSERT_TRUE(mine.take(10, kStart));
  mine.ended(10, {1, {.prompt = 80, .completion = 10}, ledger::Outcome::ok});
  EXPECT_FALSE(mine.take(11, kStart));
  EXPECT_TRUE(mine.take(10, kStart));
}

TEST(Lease, IsLowWithAThirdOfAnythingLeft) {
  EXPECT_FALSE(lease({9, 90, 0}).low(kStart + 1s));
  EXPECT_TRUE(lease({9, 90, 0}).low(kStart + 1400ms));
  Lease few = lease({3, 90, 0}), little = lease({9, 90, 0});
  ASSERT_TRUE(few.take(1, kStart) && few.take(1, kStart) && little.take(60, kStart));
  EXPECT_TRUE(few.low(kStart));
  EXPECT_TRUE(little.low(kStart));
}

TEST(Lease, TellsWhenTheStoreWouldHaveAdmitted) {
  const Lease mine = lease({3, 100, 0});
  EXPECT_EQ(mine.at(kStart), WallTime(1000s));
  EXPECT_EQ(mine.at(kStart + 1500ms + 1us), WallTime(1001500ms));
  EXPECT_EQ(mine.at(kStart + 5s), WallTime(1002s)) << "never after the last instant";
}

TEST(Lease, EndsByTheServersClockAtTheLatest) {
  Lease mine = lease({3, 100, 0});
  EXPECT_TRUE(mine.take(1, kStart + 2s));
  EXPECT_FALSE(mine.take(1, kStart + 2s + 1ns));
  EXPECT_FALSE(mine.finished(kStart + 3s)) << "what it handed out still runs";
  mine.ended(1, {});
  EXPECT_TRUE(mine.finished(kStart + 3s));
}

}  // namespace
}  // namespace ktl::storage::redis

#include "storage/sqlite/retention.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "base/rng.h"
#include "storage/sqlite/store_fixture.h"
#include "storage/sqlite/usage_rows.h"

namespace ktl::storage::testing {
namespace {

constexpr Millis kSeoul = std::chrono::hours(9);
constexpr std::int64_t kDay = 86'400'000;

class RetentionTest : public StoreTest {
 protected:
  SqliteOptions keeping(std::int64_t detail_days, std::int64_t ledger_days) {
    auto wanted = options();
    wanted.segment_records = 4096;
    wanted.drain_batch = 4096;
    wanted.retention = {detail_days, ledger_days};
    return wanted;
  }

  // 40 days of work: settled, released, expired ones that were settled late, corrected ones; for two users.
  void work(std::uint64_t seed) {
    Rng rng(seed);
    for (int day = 0; day < 40; ++day) {
      for (int i = 0; i < 12; ++i) {
        clock_.now_ms += kDay / 12 - static_cast<std::int64_t>(rng.below(1000));
        const unsigned user = static_cast<unsigned>(10 + rng.below(2));
        const ChargeId charge = open(100, {1, user, 3});
        if (rng.below(6) == 0) {
          ASSERT_TRUE(store_->append(release_entry(charge, clock_.wall())));
          continue;
        }
        settle(charge, {static_cast<std::int64_t>(rng.below(1000)), 5, 2, 1});
        ASSERT_TRUE(store_->drain_now());
        if (rng.below(4) != 0) continue;
        ASSERT_TRUE(store_->file().correct({charge, clock_.wall(), {3, -2, 0, 0}, "why"}, kSeoul));
      }
    }
    ASSERT_TRUE(store_->drain_now());
  }
  std::map<ScopeId, std::array<std::int64_t, 3>> totals() {
    std::map<ScopeId, std::array<std::int64_t, 3>> found;
    const auto rows = store_->totals();
    EXPECT_TRUE(rows);
    for (const auto& row : *rows) found[row.scope] = {row.requests, row.prompt_tokens, row.completion_tokens};
    return found;
  }
  std::array<std::int64_t, 4> exported() {
    std::array<std::int64_t, 4> sum{};
    const ledger::UsageRowsQuery all{WallTime{}, WallTime(Millis(std::int64_t{1} << 45)), {}, {}, kSeoul};
    const auto done = store_->file().usage_rows(all, [&sum](const ledger::UsageRow& row) {
      sum[0] += row.requests, sum[1] += row.usage.prompt, sum[2] += row.usage.completion, sum[3] += row.usage.cached;
      return Result<void>();
    });
    EXPECT_TRUE(done) << done.error().message;
    return sum;
  }
  void expect_right() {
    const auto verified = store_->file().verify(kSeoul);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->wrong, 0);
  }
};

TEST_F(RetentionTest, old_charges_become_days_and_every_sum_and_export_stays_as_it_was) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    reopen(keeping(10, 0));
    work(seed);
    const auto before = totals();
    const auto exported_before = exported();
    const std::int64_t days = query("SELECT count(*) FROM usage_by_day");
    ASSERT_TRUE(store_->retain_now());
    EXPECT_EQ(totals(), before);
    EXPECT_EQ(exported(), exported_before);
    EXPECT_EQ(query("SELECT count(*) FROM usage_by_day"), days);
    const std::int64_t kept_from = (clock_.now_ms + 9 * 3'600'000) / kDay * kDay - 9 * 3'600'000 - 10 * kDay;
    EXPECT_GE(query("SELECT min(admitted_at_ms) FROM ledger"), kept_from);
    EXPECT_LT(query("SELECT min(admitted_at_ms) FROM ledger"), kept_from + kDay) << "and not a day more";
    EXPECT_GE(query("SELECT ifnull(min(admitted_at_ms), 1<<60) FROM adjustments"), kept_from);
    EXPECT_GT(query("SELECT count(*) FROM ledger_by_day"), 20);
    expect_right();
  }
}

TEST_F(RetentionTest, days_that_are_given_up_stay_in_the_totals) {
  reopen(keeping(7, 20));
  work(4);
  const auto before = totals();
  ASSERT_TRUE(store_->retain_now());
  EXPECT_EQ(totals(), before);
  const std::int64_t today = (clock_.now_ms + 9 * 3'600'000) / kDay;
  EXPECT_EQ(query("SELECT min(day) FROM usage_by_day"), today - 20);
  EXPECT_EQ(query("SELECT min(day) FROM ledger_by_day"), today - 20);
  EXPECT_GT(query("SELECT requests FROM usage_before WHERE scope=1"), 100);
  expect_right();
  clock_.now_ms += 60 * kDay;
  ASSERT_TRUE(store_->retain_now());
  EXPECT_EQ(totals(), before);
  EXPECT_EQ(query("SELECT count(*) FROM usage_by_day"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM ledger"), 0);
  expect_right();
}

TEST_F(RetentionTest, the_books_are_right_after_every_piece) {
  reopen(keeping(0, 0));
  work(5);
  const auto before = totals();
  auto database = Database::open(folder_ / "usage.db", Access::read_write, Millis(1000));
  Retention retention({7, 15}, kSeoul, 9);
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    const auto done = retention.step(*database, clock_.wall());
    ASSERT_TRUE(done) << done.error().message;
    more = *done;
    expect_right();
    ASSERT_EQ(totals(), before);
  }
  EXPECT_GT(pieces, 40);
}

TEST_F(RetentionTest, a_charge_that_is_booked_after_its_day_was_rolled_up_is_rolled_up_too) {
  reopen(keeping(7, 20));
  const ChargeId slow = open(100, {1, 10, 3});
  work(6);
  ASSERT_TRUE(store_->retain_now());
  settle(slow, {50, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  const auto before = totals();
  expect_right();
  ASSERT_TRUE(store_->retain_now());
  EXPECT_EQ(totals(), before);
  EXPECT_EQ(query("SELECT count(*) FROM ledger WHERE charge_id=" + std::to_string(static_cast<std::uint64_t>(slow))),
            0);
  expect_right();
}

// The keeper's clock, of which both hands are in the test's hands.
class TwoHands final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Millis(1'800'000'000'000 + since_start_ms.load())); }
  MonoTime mono() const override { return MonoTime(Millis(1'000'000 + since_start_ms.load())); }
  std::atomic<std::int64_t> since_start_ms{0};
};

class RetentionKeeperTest : public RetentionTest {
 protected:
  ~RetentionKeeperTest() override { store_.reset(); }  // before its clock
  TwoHands two_hands_;
};

TEST_F(RetentionKeeperTest, the_keeper_rolls_up_by_itself_as_days_go_by) {
  TwoHands& clock = two_hands_;
  auto wanted = keeping(10, 0);
  wanted.clock = &clock;
  wanted.start_keeper = true;
  wanted.drain_interval = Millis(1);
  reopen(wanted);
  const ChargeId charge = store_->next_charge();
  ASSERT_TRUE(store_->append(open_entry(charge, clock.wall(), 5, {1})));
  ASSERT_TRUE(store_->append(settle_entry(charge, clock.wall(), {5, 0, 0, 0})));
  const auto days_gone = [&clock] { return clock.since_start_ms / kDay; };
  const auto rows = [this] { return query("SELECT count(*) FROM ledger"); };
  // In steps that are no jump however the keeper's readings fall between them; about an hour at once.
  const auto pass = [&clock] {
    for (int i = 0; i < 360; ++i) {
      clock.since_start_ms += 10'000;
      std::this_thread::yield();
    }
  };
  while (query("SELECT count(*) FROM usage_total WHERE scope=1") == 0) pass();
  while (days_gone() < 9) pass();
  EXPECT_EQ(rows(), 1) << "it is not old yet";
  while (rows() == 1) pass();
  EXPECT_EQ(rows(), 0);
  EXPECT_GE(days_gone(), 10);
  EXPECT_EQ(query("SELECT requests FROM usage_total WHERE scope=1"), 1);
}

TEST_F(RetentionTest, nothing_is_removed_without_a_policy) {
  reopen(keeping(0, 0));
  work(7);
  clock_.now_ms += 1000 * kDay;
  const std::int64_t rows = query("SELECT count(*) FROM ledger");
  ASSERT_TRUE(store_->retain_now());
  EXPECT_EQ(query("SELECT count(*) FROM ledger"), rows);
}

}  // namespace
}  // namespace ktl::storage::testing

// The ledger as a ledger: append-only, corrected by entries of its own, and the truth that every balance follows from.
#include <gtest/gtest.h>

#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

constexpr Millis kSeoul = std::chrono::hours(9);

class LedgerTest : public StoreTest {
 protected:
  ChargeId settled(TokenUsage usage) {
    const ChargeId charge = open();
    settle(charge, usage);
    EXPECT_TRUE(store_->drain_now());
    EXPECT_TRUE(store_->extend_now());
    return charge;
  }
  Result<void> correct(ChargeId charge, TokenUsage delta) {
    return store_->file().correct({charge, clock_.wall(), delta, "counted wrongly"}, kSeoul);
  }
  Verification verified() {
    const auto result = store_->file().verify(kSeoul);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(Verification{});
  }
  Result<void> execute(const std::string& sql) {
    auto database = Database::open(folder_ / "usage.db", Access::read_write, Millis(1000));
    return database->execute(sql);
  }
};

TEST_F(LedgerTest, no_entry_can_be_changed_removed_or_replaced) {
  const ChargeId charge = settled({20, 10, 0, 0});
  ASSERT_TRUE(correct(charge, {1, 0, 0, 0}));
  for (const char* sql : {"UPDATE ledger SET prompt=0", "DELETE FROM ledger",
                          "INSERT OR REPLACE INTO ledger SELECT * FROM ledger", "UPDATE adjustments SET prompt=0",
                          "DELETE FROM adjustments", "INSERT OR REPLACE INTO adjustments SELECT * FROM adjustments",
                          "UPDATE meta SET value=value-1 WHERE key='detail_kept_from'"}) {
    ASSERT_TRUE(execute("UPDATE meta SET value=5 WHERE key='detail_kept_from' AND value<5"));
    EXPECT_FALSE(execute(sql)) << sql;
  }
  EXPECT_EQ(query("SELECT prompt FROM ledger"), 20);
  EXPECT_EQ(query("SELECT prompt FROM adjustments"), 1);
}

TEST_F(LedgerTest, a_correction_counts_where_the_charge_counts_and_the_charge_stays_as_it_was) {
  const ChargeId charge = settled({20, 10, 0, 0});
  clock_.now_ms += 3 * 86'400'000;
  ASSERT_TRUE(correct(charge, {-5, 7, 0, 0}));
  EXPECT_EQ(query("SELECT prompt FROM ledger"), 20);
  EXPECT_EQ(query("SELECT count(DISTINCT day) FROM usage_by_day"), 1) << "the day of the admission";
  EXPECT_EQ(query("SELECT prompt*1000+completion FROM usage_by_day WHERE scope=2"), 15'017);
  EXPECT_EQ(query("SELECT requests*1000000+prompt*1000+completion FROM usage_total WHERE scope=2"), 1'015'017);
  const Verification all = verified();
  EXPECT_EQ(all.wrong, 0);
  EXPECT_EQ(all.charges, 1);
  EXPECT_GT(all.balances, 3);
}

TEST_F(LedgerTest, a_correction_of_nothing_of_an_open_charge_or_below_zero_is_refused) {
  EXPECT_EQ(correct(ChargeId{77}, {1, 0, 0, 0}).error().code, ErrorCode::not_found);
  EXPECT_EQ(correct(open(), {1, 0, 0, 0}).error().code, ErrorCode::not_found);
  const ChargeId charge = settled({20, 10, 0, 0});
  EXPECT_EQ(correct(charge, {-21, 0, 0, 0}).error().code, ErrorCode::invalid);
  EXPECT_TRUE(correct(charge, {-20, -10, 0, 0}));
  EXPECT_EQ(correct(charge, {0, -1, 0, 0}).error().code, ErrorCode::invalid);
  const ChargeId released = open();
  ASSERT_TRUE(store_->append(release_entry(released, clock_.wall())));
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(correct(released, {1, 0, 0, 0}).error().code, ErrorCode::invalid);
  EXPECT_EQ(query("SELECT count(*) FROM adjustments"), 1);
  EXPECT_EQ(verified().wrong, 0);
}

TEST_F(LedgerTest, verify_finds_any_sum_that_is_not_what_the_entries_add_up_to) {
  for (int i = 0; i < 5; ++i) {
    settled({20, 10, 0, 0});
    clock_.now_ms += 86'400'000;
  }
  ASSERT_EQ(verified().wrong, 0);
  const std::pair<const char*, const char*> tampering[] = {
      {"UPDATE usage_by_day SET prompt=prompt+1 WHERE scope=1 AND day=(SELECT min(day) FROM usage_by_day)",
       "UPDATE usage_by_day SET prompt=prompt-1 WHERE scope=1 AND day=(SELECT min(day) FROM usage_by_day)"},
      {"INSERT INTO usage_by_day VALUES(1, 2, 1, 1, 1)", "DELETE FROM usage_by_day WHERE day=1"},
      {"INSERT INTO usage_by_day VALUES(99999, 2, 1, 1, 1)", "DELETE FROM usage_by_day WHERE day=99999"},
      {"UPDATE usage_total SET completion=completion-1 WHERE scope=3",
       "UPDATE usage_total SET completion=completion+1 WHERE scope=3"},
      {"INSERT INTO usage_total VALUES(9, 1, 1, 1)", "DELETE FROM usage_total WHERE scope=9"},
      {"UPDATE usage_by_slice SET tokens=tokens+1 WHERE scope=1 AND slice=(SELECT max(slice) FROM usage_by_slice)",
       "UPDATE usage_by_slice SET tokens=tokens-1 WHERE scope=1 AND slice=(SELECT max(slice) FROM usage_by_slice)"},
      {"DELETE FROM usage_by_day WHERE scope=2 AND day=(SELECT max(day) FROM usage_by_day)", nullptr},
  };
  for (const auto& [harm, repair] : tampering) {
    ASSERT_TRUE(execute(harm)) << harm;
    const Verification found = verified();
    EXPECT_EQ(found.wrong, 1) << harm;
    ASSERT_EQ(found.differences.size(), 1U) << harm;
    if (repair == nullptr) continue;
    ASSERT_TRUE(execute(repair)) << repair;
    ASSERT_EQ(verified().wrong, 0) << repair;
  }
}

TEST_F(LedgerTest, verify_holds_when_the_zone_was_changed_in_between) {
  for (int i = 0; i < 60; ++i) {
    settled({i, 1, 0, 0});
    clock_.now_ms += 7'200'000;
    if (i % 20 != 19) continue;
    auto other = options();
    other.day_offset = std::chrono::hours(i == 19 ? -10 : 14);
    reopen(other);
  }
  const Verification all = verified();
  EXPECT_EQ(all.wrong, 0);
  EXPECT_EQ(all.charges, 60);
}

}  // namespace
}  // namespace ktl::storage::testing

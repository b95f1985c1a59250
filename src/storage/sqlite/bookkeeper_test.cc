#include "storage/sqlite/bookkeeper.h"

#include <gtest/gtest.h>

#include "storage/sqlite/schema.h"
#include "storage/sqlite/store_fixture.h"

namespace ktl::storage {
namespace {

constexpr std::uint64_t kCharges = 100;  // some more than go into one statement
constexpr WallTime kNow{Millis(1'800'000'000'000)};

// Each charge of [first, first + kCharges) opened and settled with 7 + 5 tokens.
std::vector<ledger::Entry> opened_and_settled(std::uint64_t first) {
  std::vector<ledger::Entry> entries;
  for (std::uint64_t charge = first; charge < first + kCharges; ++charge) {
    entries.push_back(testing::open_entry(static_cast<ChargeId>(charge), kNow, 50, {1, 2}));
    entries.push_back(testing::settle_entry(static_cast<ChargeId>(charge), kNow + Millis(10),
                                            {.prompt = 7, .completion = 5, .cached = 0, .reasoning = 0}));
  }
  return entries;
}

TEST(BookkeeperTest, a_charge_that_has_its_row_already_is_left_out_of_the_sums_also_among_many) {
  testing::TempFolder folder;
  auto database = Database::open(folder / "usage.db", Access::read_write, Millis(1000));
  ASSERT_TRUE(database);
  ASSERT_TRUE(migrate(*database));
  auto bookkeeper = Bookkeeper::create(std::move(*database), Millis(0));
  ASSERT_TRUE(bookkeeper);
  Bookkeeper& books = **bookkeeper;
  const auto number = [&](std::string_view sql) { return books.database().query_integer(sql).value_or(-1); };

  ASSERT_TRUE(books.book(opened_and_settled(1), {0, 0}, {0, 200}, kNow));
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 100);
  EXPECT_EQ(number("SELECT sum(prompt + completion) FROM usage_by_day WHERE scope=1"), 1200);

  ASSERT_TRUE(books.book(opened_and_settled(51), {0, 200}, {0, 400}, kNow));  // half of them again
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 150);
  EXPECT_EQ(number("SELECT sum(requests) FROM usage_by_day WHERE scope=2"), 150);
  EXPECT_EQ(number("SELECT sum(prompt + completion) FROM usage_by_day WHERE scope=1"), 1800);
  EXPECT_EQ(number("SELECT sum(tokens) FROM usage_by_slice WHERE scope=2"), 1800);
  EXPECT_EQ(number("SELECT count(*) FROM open_reservations"), 0);
}

}  // namespace
}  // namespace ktl::storage

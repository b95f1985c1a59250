// Who used most, gone through page after page: on a real redis-server and on a cluster.
#include "storage/redis/redis_usage_book.h"

#include "storage/redis/session_fixture.h"

namespace ktl::storage::redis {
namespace {

constexpr std::int64_t kDay = 20'000;
constexpr std::int64_t kUsers = 1'500;  // more than a page holds, in one group of tenants on one day

class RedisUsageBookTest : public SessionTest {
 protected:
  void put(const std::string& tag, std::int64_t day, const std::string& scope, const std::string& sum) {
    const std::string key = functions_.keys().totals(tag, day);
    ASSERT_TRUE(session_->call({{"HSET", key, scope, sum}, key}));
  }

  // 사용자0, 사용자1, … with as many tokens each.
  void use() {
    std::vector<Command> names, sums;
    for (std::int64_t i = 0; i < kUsers; ++i)
      names.push_back(functions_.scope_number(ScopeKind::user, "사용자" + std::to_string(i)));
    const std::string key = functions_.keys().totals("t07", kDay);
    const auto numbers = session_->call_all(names);
    for (std::int64_t i = 0; i < kUsers; ++i) {
      const auto scope = static_cast<ScopeId>(numbers[static_cast<std::size_t>(i)]->integer);
      const std::string sum = "1 " + std::to_string(i) + " 0";
      sums.push_back({{"HSET", key, scope_word(ScopeKind::user, scope), sum}, key});
    }
    for (const auto& written : session_->call_all(sums)) ASSERT_TRUE(written && !written->is_error());
  }

  const Functions functions_{Keyspace("ktl"), {}};
};

TEST_P(RedisUsageBookTest, GoesThroughAllPagesOfADay) {
  use();
  RedisUsageBook book(*session_, functions_);
  const auto most = book.most_used(ScopeKind::user, kDay - 40, kDay + 1, 2);
  ASSERT_TRUE(most) << most.error().message;
  ASSERT_EQ(most->size(), 2u);
  EXPECT_EQ((*most)[0].name, "사용자1499");
  EXPECT_EQ((*most)[0].sum, (ledger::Sum{1, 1499, 0}));
  EXPECT_EQ((*most)[1].name, "사용자1498");
  EXPECT_EQ(book.most_used(ScopeKind::user, kDay, kDay, 10'000)->size(), static_cast<std::size_t>(kUsers));
  EXPECT_TRUE(book.most_used(ScopeKind::key, kDay, kDay, 10)->empty());
}

TEST_P(RedisUsageBookTest, ReadsNoMoreThanItMay) {
  use();
  const auto most = RedisUsageBook(*session_, functions_, 1'000).most_used(ScopeKind::user, kDay, kDay, 2);
  ASSERT_FALSE(most);
  EXPECT_EQ(most.error().code, ErrorCode::too_large);
}

TEST_P(RedisUsageBookTest, WhatIsNotOursIsAFailureAndNoFigure) {
  put("t03", kDay, scope_word(ScopeKind::user, ScopeId{5}), "many");
  RedisUsageBook book(*session_, functions_);
  EXPECT_FALSE(book.most_used(ScopeKind::user, kDay, kDay, 2));
  EXPECT_TRUE(book.most_used(ScopeKind::user, kDay + 1, kDay + 1, 2));
}

TEST_P(RedisUsageBookTest, TellsEachDayOfEachWhoeverSharesIt) {
  const auto number = [&](std::string_view name) {
    const auto given = session_->call(functions_.scope_number(ScopeKind::model, name));
    return scope_word(ScopeKind::model, static_cast<ScopeId>(given->integer));
  };
  const std::string solar = number("solar"), qwen = number("qwen");
  put("t01", kDay - 40, qwen, "1 10 1");
  put("t01", kDay, solar, "2 20 2");
  put("t63", kDay, solar, "3 30 3");
  put("t63", kDay, qwen, "1 1 0");
  put("t02", kDay, qwen, "0 0 0");
  put("t02", kDay - 1, qwen, "0 0 0");
  put("t02", kDay, scope_word(ScopeKind::user, ScopeId{5}), "9 9 9");
  RedisUsageBook book(*session_, functions_);
  const auto days = book.each_by_day(ScopeKind::model, kDay - 40, kDay);
  ASSERT_TRUE(days) << days.error().message;
  std::string told;
  for (const auto& [day, name, sum] : *days)
    told += std::to_string(kDay - day) + name + std::to_string(sum.requests) + "/" + std::to_string(sum.tokens()) + " ";
  EXPECT_EQ(told, "40qwen1/11 0qwen1/1 0solar5/55 ");
  EXPECT_TRUE(book.each_by_day(ScopeKind::model, kDay - 39, kDay - 1)->empty());
}

INSTANTIATE_TEST_SUITE_P(On, RedisUsageBookTest, ::testing::Bool(), single_or_cluster);

}  // namespace
}  // namespace ktl::storage::redis

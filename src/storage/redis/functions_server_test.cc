// What only a real redis-server can show of the functions: its clock, its library, its expiry.
#include <gtest/gtest.h>

#include "storage/redis/functions_fixture.h"

namespace ktl::storage::redis {
namespace {

using namespace std::chrono_literals;

constexpr ScopeId kUser{7};

TEST(FunctionsOnRedis, TakeTheServersClock) {
  SingleRunner redis;
  const Functions functions(Keyspace("ktl"), {});
  const Value time = redis.server().command({"TIME"});
  const ChargePlace place{"t07", "c-1", {{ScopeKind::user, kUser, {}}}};
  Ask ask;
  ask.gateway = "g1";
  const auto answer = read_reserve(redis.call(functions.reserve(place, ask)), place.scopes).value();
  const auto at = std::get<Admitted>(answer).at.time_since_epoch();
  EXPECT_LE(std::stoll(time.items[0].text), at / 1s);
  EXPECT_GE(std::stoll(time.items[0].text) + 60, at / 1s);
}

TEST(FunctionsOnRedis, AreMissingUntilTheyAreLoaded) {
  RedisServer server;
  ServerRunner runner(server.url());
  EXPECT_FALSE(read_about(runner.call(Functions::about())).value());
  EXPECT_FALSE(runner.call(Functions::load()).is_error());
  EXPECT_TRUE(read_about(runner.call(Functions::about())).value());
}

TEST(FunctionsOnRedis, LeaveNoKeyWithoutAnEndButBooksAndSettings) {
  SingleRunner redis;
  const Functions functions(Keyspace("ktl"), {});
  const ChargePlace place{"t07", "c-1", {{ScopeKind::user, kUser, {}}}};
  Ask ask;
  ask.gateway = "g1";
  redis.call(functions.reserve(place, ask));
  redis.call(functions.settle(place, {}));
  redis.call(functions.roll_up("t07", 10, 1h, 24h));
  for (const Value& key : redis.server().command({"KEYS", "*"}).items) {
    const bool for_ever = key.text.ends_with(":totals") || key.text.ends_with(":ledger");
    EXPECT_EQ(redis.server().command({"PTTL", key.text}).integer < 0, for_ever) << key.text;
  }
}

}  // namespace
}  // namespace ktl::storage::redis

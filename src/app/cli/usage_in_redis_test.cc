// The commands of `token-limiter usage` on what gateways have booked in Redis, on one server and on a cluster.
#include <gtest/gtest.h>


#include "app/cli/command_fixture.h"
#include "app/cli/usage_command.h"
#include "app/cli/usage_export_command.h"
#include "app/cli/usage_ledger_command.h"
#include "identity/api_key.h"
#include "storage/journal/journal_fixture.h"
#include "storage/redis/redis_identity.h"
#include "storage/redis/session_fixture.h"

namespace ktl::app {
namespace {

namespace redis = storage::redis;

constexpr Millis kSeoul = std::chrono::hours(9);

class UsageInRedisTest : public redis::SessionTest, protected CommandRunner {
 protected:
  UsageInRedisTest() {
    clock_.now_ms = 1'795'000'000'000;  // 2026-11-18 20:06:40 in Seoul
    config_.storage.type = config::StorageType::redis;
    config_.storage.redis_url = config::Secret(server_ ? server_->url() : cluster_->url());
    config_.rate_limiting.day_offset = kSeoul;
    storage::UserRow user;
    user.name = "사용자1";
    redis::RedisIdentity people(*session_, functions_);
    EXPECT_TRUE(people.put_user(user));
    key_.digest.fill(0xab);
    key_.user_name = user.name;
    key_.label = "노트북";
    EXPECT_TRUE(people.add_key(key_));
    book("사용자1", {20, 10, 0, 0});
    clock_.now_ms += 86'400'000;
    book("=둘", {500, 0, 0, 0});
    book("사용자1", {1, 1, 0, 0});
    add_up();
  }

  ScopeId number(ScopeKind kind, std::string_view name) {
    return static_cast<ScopeId>(session_->call(functions_.scope_number(kind, name))->integer);
  }
  // Work that was admitted now, as a gateway books it.
  void book(std::string_view user, TokenUsage usage) {
    const ScopeId scope = number(ScopeKind::user, user);
    redis::ChargePlace place{redis::Keyspace::tenant_tag(scope), "a1-" + std::to_string(++last_), {}};
    redis::PastWork work;
    work.gateway = "a1";
    work.admitted_at = clock_.wall();
    work.used = {.requests = 1, .tokens = usage, .outcome = ledger::Outcome::ok};
    work.noted = {{ScopeKind::key, number(ScopeKind::key, identity::hex_of(key_.digest))},
                  {ScopeKind::user, scope},
                  {ScopeKind::model, number(ScopeKind::model, "korean-qwen")}};
    const auto reply = session_->call(functions_.book(place, work, redis::Now(clock_.wall() + Millis(100))));
    EXPECT_TRUE(reply && redis::read_end(*reply).value() == redis::EndAnswer::ended);
  }
  void add_up() {
    for (int tag = 0; tag < redis::Keyspace::kTenantTags; ++tag) {
      const Millis ever = std::chrono::hours(24 * 400);
      const auto reply = session_->call(functions_.roll_up(redis::Keyspace::tenant_tag(tag), 500, ever, Millis(0),
                                                           redis::Now(clock_.wall() + Millis(200))));
      EXPECT_TRUE(reply && redis::read_roll_up(*reply));
    }
  }

  int show(const UsageQuery& query) {
    return run([&](const CommandContext& context) { return show_usage(context, config_, query); });
  }
  int top(const UsageQuery& query) {
    return run([&](const CommandContext& context) { return top_usage(context, config_, query); });
  }

  const redis::Functions functions_{redis::Keyspace("ktl"), {.day_offset = kSeoul}};
  storage::KeyRow key_;
  int last_ = 0;
};

TEST_P(UsageInRedisTest, show_has_a_line_for_each_day_and_owner_and_the_totals) {
  ASSERT_EQ(show({}), kDone) << err_.str();
  EXPECT_EQ(out_.str(),
            "DAY         NAME     REQUESTS  PROMPT  COMPLETION  TOTAL\n"
            "----------  -------  --------  ------  ----------  -----\n"
            "2026-11-18  사용자1         1      20          10     30\n"
            "2026-11-19  =둘             1     500           0    500\n"
            "2026-11-19  사용자1         1       1           1      2\n"
            "----------  -------  --------  ------  ----------  -----\n"
            "total       =둘             1     500           0    500\n"
            "total       사용자1         2      21          11     32\n"
            "total       (all)           3     521          11    532\n");
  ASSERT_EQ(show({.name = "사용자1", .since = "1d"}), kDone);
  EXPECT_TRUE(says("2026-11-19  사용자1")) << out_.str();
  EXPECT_FALSE(says("2026-11-18") || says("=둘")) << out_.str();
  ASSERT_EQ(show({.name = "아무개"}), kDone);
  EXPECT_EQ(out_.str(), "nothing was used in that time\n");
  EXPECT_EQ(show({.since = "yesterday"}), kWrongUsage);
}

TEST_P(UsageInRedisTest, show_names_a_key_as_the_store_does_and_never_by_its_digest) {
  ASSERT_EQ(show({.by = ScopeKind::key, .json = true}), kDone) << err_.str();
  EXPECT_TRUE(says("{\"day\":\"2026-11-18\",\"name\":\"노트북\",\"requests\":1,")) << out_.str();
  EXPECT_TRUE(says("\"all\":{\"requests\":3,\"prompt_tokens\":521,\"completion_tokens\":11,\"total_tokens\":532}}"));
  EXPECT_FALSE(says("abab"));
}

TEST_P(UsageInRedisTest, top_has_the_most_first_and_says_the_shares_of_all) {
  ASSERT_EQ(top({.most = 1}), kDone) << err_.str();
  EXPECT_TRUE(says("1  =둘           1     500           0    500   94.0\n")) << out_.str();
  EXPECT_TRUE(says("(all)         3     521          11    532  100.0\n")) << out_.str();
  EXPECT_FALSE(says("사용자1"));
  ASSERT_EQ(top({.by = ScopeKind::model, .json = true}), kDone);
  EXPECT_TRUE(says("\"top\":[{\"name\":\"korean-qwen\",\"requests\":3,")) << out_.str();
  ASSERT_EQ(top({.by = ScopeKind::group}), kDone);
  EXPECT_EQ(out_.str(), "nothing was used in that time\n");
}

TEST_P(UsageInRedisTest, verify_says_what_to_compare_instead) {
  EXPECT_EQ(run([&](const CommandContext& context) { return verify_usage(context, config_, false); }), kFailed);
  EXPECT_TRUE(err_.str().starts_with("usage verify recomputes the sums of a SQLite file. ")) << err_.str();
  EXPECT_EQ(out_.str(), "");
  // And that it is so.
  ASSERT_EQ(run([&](const CommandContext& context) {
              return export_usage(context, config_, {.from = "2026-11-18", .to = "2026-11-19"});
            }),
            kDone)
      << err_.str();
  EXPECT_TRUE(says(",사용자1,,korean-qwen,노트북,ok,1,0,20,10,30,0,0,\r\n")) << out_.str();
  EXPECT_FALSE(says("=둘"));
}

INSTANTIATE_TEST_SUITE_P(On, UsageInRedisTest, ::testing::Bool(), redis::single_or_cluster);

TEST(UsageInMemory, is_told_by_the_running_gateway_only) {
  std::ostringstream out, err;
  const storage::testing::TestClock clock;
  config::Config config;
  config.storage.type = config::StorageType::memory;
  EXPECT_EQ(show_usage({out, err, config::Language::english, {}, clock}, config, {}), kFailed);
  EXPECT_EQ(err.str(), "this command needs storage.type: sqlite or redis\n");
}

}  // namespace
}  // namespace ktl::app

// The ledger in Redis as rows, on a real redis-server and on a cluster: each line once, with names, in a span of time.
#include "storage/redis/redis_usage_rows.h"

#include "storage/redis/session_fixture.h"

namespace ktl::storage::redis {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNoon{Millis(1'800'000'000'000)};

struct Seen {
  std::string entry, charge, user, key, model, groups;
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
};

class RedisUsageRowsTest : public SessionTest {
 protected:
  RedisUsageRowsTest() {
    user_ = number(ScopeKind::user, "사용자1");
    other_ = number(ScopeKind::user, "사용자2");
    key_ = number(ScopeKind::key, "aabbcc");
    model_ = number(ScopeKind::model, "korean-qwen");
    group_ = number(ScopeKind::group, "연구:팀");
  }

  ScopeId number(ScopeKind kind, std::string_view name) {
    return static_cast<ScopeId>(read_number(session_->call(functions_.scope_number(kind, name)).value()).value());
  }
  // Work of `user` at `at`, booked at once.
  void book(ScopeId user, const std::string& charge, WallTime at, std::int64_t prompt) {
    ChargePlace place;
    place.tag = Keyspace::tenant_tag(user);
    place.charge = charge;
    place.scopes = {{ScopeKind::user, user, {}}};
    PastWork work;
    work.gateway = "a1";
    work.admitted_at = at;
    work.used = {.requests = 1, .tokens = {.prompt = prompt, .completion = 2}, .outcome = ledger::Outcome::ok};
    work.noted = {{ScopeKind::key, key_}, {ScopeKind::user, user}, {ScopeKind::model, model_}, {ScopeKind::group, group_}};
    const auto reply = session_->call(functions_.book(place, work, Now(at + 1s)));
    ASSERT_TRUE(reply && read_end(*reply).value() == EndAnswer::ended);
  }
  std::vector<Seen> rows(const ledger::UsageRowsQuery& query) {
    std::vector<Seen> seen;
    const auto done = read_usage_rows(*session_, functions_.keys(), query, [&seen](const ledger::UsageRow& row) {
      seen.push_back({std::string(row.entry), std::string(row.charge), std::string(row.user), std::string(row.key),
                      std::string(row.model), std::string(row.groups), row.requests, row.usage.total()});
      return Result<void>();
    });
    EXPECT_TRUE(done) << done.error().message;
    return seen;
  }

  const Functions functions_{Keyspace("ktl"), {}};
  ScopeId user_{}, other_{}, key_{}, model_{}, group_{};
};

TEST_P(RedisUsageRowsTest, GiveEachEntryOnceWithItsOwnersInTheOrderOfWriting) {
  book(user_, "a1-1", kNoon, 10);
  book(other_, "a1-2", kNoon + 2s, 20);
  book(user_, "a1-3", kNoon + 4s, 30);
  const auto seen = rows({.from = kNoon, .to = kNoon + 1h, .user = {}, .model = {}});
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].charge + seen[1].charge + seen[2].charge, "a1-1a1-2a1-3");
  EXPECT_EQ(seen[1].user, "사용자2");
  EXPECT_EQ(seen[1].entry, "settle");
  EXPECT_EQ(seen[1].key, "aabbcc");
  EXPECT_EQ(seen[1].model, "korean-qwen");
  EXPECT_EQ(seen[1].groups, "연구:팀");
  EXPECT_EQ(seen[1].requests, 1);
  EXPECT_EQ(seen[1].tokens, 22);
}

TEST_P(RedisUsageRowsTest, HoldTheSpanAndTheNamesThatWereAskedFor) {
  for (int i = 0; i < 6; ++i) book(i % 2 == 0 ? user_ : other_, "a1-" + std::to_string(i), kNoon + i * 1min, 10);
  EXPECT_EQ(rows({.from = kNoon + 1min, .to = kNoon + 4min, .user = {}, .model = {}}).size(), 3U);
  EXPECT_EQ(rows({.from = kNoon, .to = kNoon + 1h, .user = "사용자1", .model = {}}).size(), 3U);
  EXPECT_EQ(rows({.from = kNoon, .to = kNoon + 1h, .user = "사용자1", .model = "korean-qwen"}).size(), 3U);
  const auto nobody = read_usage_rows(*session_, functions_.keys(),
                                      {.from = kNoon, .to = kNoon + 1h, .user = "아무개", .model = {}},
                                      [](const ledger::UsageRow&) { return Result<void>(); });
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
}

TEST_P(RedisUsageRowsTest, GoOnOverManyPagesAndEndWhenTheirTakerFails) {
  for (int i = 0; i < 450; ++i) book(user_, "a1-" + std::to_string(1'000 + i), kNoon + i * 1ms, 1);
  EXPECT_EQ(rows({.from = kNoon, .to = kNoon + 1h, .user = {}, .model = {}}).size(), 450U);
  int taken = 0;
  const auto done = read_usage_rows(*session_, functions_.keys(),
                                    {.from = kNoon, .to = kNoon + 1h, .user = {}, .model = {}},
                                    [&taken](const ledger::UsageRow&) -> Result<void> {
                                      if (++taken < 300) return {};
                                      return fail(ErrorCode::io, ErrorSource::gateway, "full");
                                    });
  EXPECT_FALSE(done);
  EXPECT_EQ(taken, 300);
}

TEST_P(RedisUsageRowsTest, RefuseWhatIsNoLineOfOurs) {
  const std::string ledger = functions_.keys().ledger("t03");
  for (const std::string line : {"settle a1-1 g", "settle a1-1 g x 2 ok 1 2 3 4 5 6 2:1", "a b c d e f g h i j k l m n"}) {
    ASSERT_TRUE(session_->call({{"DEL", ledger}, ledger}));
    ASSERT_TRUE(session_->call({{"XADD", ledger, "1800000000001-1", "e", line}, ledger}));
    EXPECT_FALSE(read_usage_rows(*session_, functions_.keys(), {.from = kNoon, .to = kNoon + 1h, .user = {}, .model = {}},
                                 [](const ledger::UsageRow&) { return Result<void>(); }))
        << line;
  }
}

INSTANTIATE_TEST_SUITE_P(On, RedisUsageRowsTest, ::testing::Bool(), single_or_cluster);

}  // namespace
}  // namespace ktl::storage::redis

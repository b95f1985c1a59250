// Leases of one loop on a real redis-server and on a cluster: handed out at once, told in batches, given back.
#include "storage/redis/leasing.h"

#include <gtest/gtest.h>

#include "storage/journal/journal_fixture.h"
#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/redis_store.h"

namespace ktl::storage::redis {
namespace {

using quota::LimitKind;
using testing::TempFolder;

constexpr ScopeId kKey{1}, kUser{2}, kModel{3}, kGlobal{4};

std::vector<quota::LimitedScope> scopes(std::initializer_list<std::pair<LimitKind, std::int64_t>> of_user) {
  quota::Limits limits;
  for (const auto& [kind, amount] : of_user) limits[kind] = amount;
  return {{ScopeKind::key, kKey, {}},
          {ScopeKind::user, kUser, limits},
          {ScopeKind::model, kModel, {}},
          {ScopeKind::global, kGlobal, {}}};
}

// A store and one loop that leases for the first who asks.
class Lessee {
 public:
  Lessee(const std::string& url, const std::string& outbox) {
    RedisStoreOptions options;
    options.url = parse_url(url).value();
    options.client = patient();
    options.client.first_backoff = Millis(5);
    options.client.longest_backoff = Millis(50);
    options.outbox = outbox;
    options.heartbeat = Millis(20);
    options.retry = Millis(50);
    options.alive_for = Millis(60'000);
    options.leases = LeasePolicy{.length = Millis(3'000), .least_requests = 1, .part = 2};
    auto opened = RedisStore::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
    store->start();
    limits = std::move(*store->limits_for(loop));
    limits->on_leases([this](int more) { leases += more; });
    run_until(loop, [this] { return used(scopes({})).has_value(); });
  }
  ~Lessee() { leave(); }
  void leave() {
    limits.reset();
    run_until(loop, [this] { return loop.spawned() + loop.services() == 0; });
    store.reset();
  }

  quota::SharedAsk ask(const std::vector<quota::LimitedScope>& of, std::int64_t tokens) {
    return {store->next_charge(), of, tokens};
  }
  std::optional<Result<quota::SharedAnswer>> reserve(const quota::SharedAsk& asked) {
    std::optional<Result<quota::SharedAnswer>> answer;
    limits->reserve(asked, [&](Result<quota::SharedAnswer> got) { answer.emplace(std::move(got)); });
    run_until(loop, [&] { return answer.has_value(); });
    return answer;
  }
  // Asks ten times, as busy clients do, and is told by the store that there is room.
  void get_busy(const std::vector<quota::LimitedScope>& of, std::int64_t tokens) {
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(limits->take(ask(of, tokens)));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(admits(of, tokens));
  }
  bool admits(const std::vector<quota::LimitedScope>& of, std::int64_t tokens) {
    const auto asked = ask(of, tokens);
    const auto answer = reserve(asked);
    const bool admitted = answer && *answer && std::holds_alternative<quota::SharedAdmission>(**answer);
    if (admitted) write(asked, ChargeId::none, WallTime(Millis(1)));
    return admitted;
  }
  void write(const quota::SharedAsk& asked, ChargeId lease, WallTime at) {
    ledger::Entry entry;
    entry.charge = asked.charge;
    entry.lease = lease;
    entry.at = at;
    for (const auto& scope : asked.scopes) entry.scopes[entry.scope_count++] = scope.id;
    entry.reserved_tokens = asked.tokens;
    ASSERT_TRUE(store->append(entry));
  }
  // Takes from a lease, once there is one.
  ChargeId take(const std::vector<quota::LimitedScope>& of, std::int64_t tokens) {
    std::optional<quota::SharedAdmission> got;
    const auto asked = ask(of, tokens);
    run_until(loop, [&] { return (got = limits->take(asked)).has_value(); });
    if (!got) return ChargeId::none;
    write(asked, got->lease, got->at);
    return asked.charge;
  }
  void end(ChargeId charge, std::int64_t tokens) {
    ledger::Entry entry;
    entry.kind = ledger::EntryKind::settle;
    entry.charge = charge;
    entry.usage.prompt = tokens;
    entry.outcome = ledger::Outcome::ok;
    ASSERT_TRUE(store->append(entry));
    if (limits) limits->ended(charge);
  }
  // As the user stands; nothing if the store does not answer.
  std::optional<quota::SharedUsage> used(std::vector<quota::LimitedScope> of) {
    std::swap(of[0], of[1]);  // a key belongs to the user before it
    std::optional<Result<std::vector<quota::SharedUsage>>> seen;
    limits->look(of, [&](auto got) { seen.emplace(std::move(got)); });
    run_until(loop, [&] { return seen.has_value(); });
    return *seen ? std::optional((*seen)->front()) : std::nullopt;
  }
  // Everything was told and nothing is held any more.
  bool at_rest() {
    return run_until(loop, [this] { return leases == 0 && store->health().lag_entries == 0; });
  }

  net::EventLoop loop;
  std::unique_ptr<RedisStore> store;
  std::unique_ptr<quota::SharedLimits> limits;
  int leases = 0;
};

class Leasing : public ::testing::TestWithParam<bool> {
 public:
  Leasing() {
    if (GetParam()) {
      cluster = std::make_unique<RedisCluster>(false, RedisServerOptions{.append_only = true});
    } else {
      server = std::make_unique<RedisServer>(RedisServerOptions{.append_only = true});
    }
  }
  std::string url() const { return server ? server->url() : cluster->url(); }

  TempFolder folder;
  std::unique_ptr<RedisServer> server;
  std::unique_ptr<RedisCluster> cluster;
};

TEST_P(Leasing, HandsOutAtOnceAndBooksEachRequestAsItWas) {
  Lessee mine(url(), folder / "a");
  const auto of = scopes({{LimitKind::tpm, 100'000}, {LimitKind::rpm, 1'000}});
  mine.get_busy(of, 100);
  std::vector<ChargeId> taken;
  for (int i = 0; i < 4; ++i) taken.push_back(mine.take(of, 100));
  EXPECT_GT(mine.leases, 0);
  for (const ChargeId charge : taken) {
    ASSERT_NE(charge, ChargeId::none);
    mine.end(charge, 30);
  }
  ASSERT_TRUE(mine.at_rest());
  const auto used = mine.used(of);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->requests, 4) << "the others still run";
  EXPECT_EQ(used->prompt_tokens, 4 * 30);
  EXPECT_EQ(used->standing[LimitKind::rpm].used, 14) << "what was leased and not used is given back";
  EXPECT_EQ(used->standing[LimitKind::tpm].used, 10 * 100 + 4 * 30);
}

TEST_P(Leasing, GivesItsLeasesBackBeforeItRefuses) {
  Lessee mine(url(), folder / "a");
  const auto of = scopes({{LimitKind::tpm, 1'000}});
  mine.get_busy(of, 10);
  const ChargeId taken = mine.take(of, 10);
  ASSERT_NE(taken, ChargeId::none);
  EXPECT_TRUE(mine.admits(of, 1'000 - 110)) << "there is room, but for what is leased";
  EXPECT_FALSE(mine.admits(of, 1));
  mine.end(taken, 4);
  ASSERT_TRUE(mine.at_rest());
  EXPECT_TRUE(mine.admits(of, 6)) << "and what its request did not use";
  EXPECT_FALSE(mine.admits(of, 1));
}

TEST_P(Leasing, LeavesToTheStoreWhatItsLoopCouldNotTell) {
  Lessee other(url(), folder / "b");
  const auto of = scopes({{LimitKind::tpm, 1'000}, {LimitKind::concurrent, 40}});
  {
    Lessee mine(url(), folder / "a");
    mine.get_busy(of, 10);
    const ChargeId taken = mine.take(of, 10);
    ASSERT_NE(taken, ChargeId::none);
    mine.limits.reset();
    EXPECT_EQ(mine.leases, 0);
    mine.end(taken, 4);
  }
  const auto used = other.used(of);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->requests, 1);
  EXPECT_EQ(used->standing[LimitKind::tpm].used, 104);
  EXPECT_EQ(used->standing[LimitKind::concurrent].used, 10) << "the charges that are still open";
}

TEST_P(Leasing, EndsALeaseWhoseLimitsHaveChanged) {
  Lessee mine(url(), folder / "a");
  const auto before = scopes({{LimitKind::tpm, 1'000}});
  mine.get_busy(before, 10);
  ASSERT_NE(mine.take(before, 10), ChargeId::none);
  const auto after = scopes({{LimitKind::tpm, 50}});
  EXPECT_FALSE(mine.limits->take(mine.ask(after, 10)));
  EXPECT_FALSE(mine.admits(after, 10));
}

TEST_P(Leasing, BooksEverythingOnceThoughRedisWasAwayMeanwhile) {
  if (GetParam()) return;  // of a cluster: redis_store_test
  Lessee mine(url(), folder / "a");
  const auto of = scopes({{LimitKind::tpm, 100'000}});
  mine.get_busy(of, 100);
  std::vector<ChargeId> taken;
  for (int i = 0; i < 5; ++i) taken.push_back(mine.take(of, 100));
  server->kill();
  for (const ChargeId charge : taken) mine.end(charge, 7);
  run_until(mine.loop, [&] { return !mine.limits->reachable(); });
  server->restart();
  ASSERT_TRUE(mine.at_rest());
  const auto used = mine.used(of);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->requests, 5);
  EXPECT_EQ(used->prompt_tokens, 35);
  EXPECT_EQ(used->standing[LimitKind::tpm].used, 10 * 100 + 35);
}

INSTANTIATE_TEST_SUITE_P(On, Leasing, ::testing::Values(false, true),
                         [](const auto& where) { return where.param ? "ACluster" : "OneServer"; });

}  // namespace
}  // namespace ktl::storage::redis

// The store of several gateways on a real redis-server, single and as a cluster: every test with two stores, as two
// gateways have them.
#include "storage/redis/redis_store.h"

#include <gtest/gtest.h>

#include "ledger/days.h"
#include "storage/journal/journal_fixture.h"
#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"

namespace ktl::storage::redis {
namespace {

using quota::LimitKind;
using testing::TempFolder;

constexpr ScopeId kKey{1}, kUser{2}, kModel{3}, kGlobal{4}, kGroup{5};

quota::Limits only(LimitKind kind, std::int64_t amount) {
  quota::Limits limits;
  limits[kind] = amount;
  return limits;
}

// One gateway's part: a store and a loop with its shared limits.
class Gateway {
 public:
  Gateway(const std::string& url, const std::string& outbox, Millis alive_for = Millis(60'000)) {
    RedisStoreOptions options;
    options.url = parse_url(url).value();
    options.client = patient();
    options.client.first_backoff = Millis(5);
    options.client.longest_backoff = Millis(50);
    options.outbox = outbox;
    options.segment_records = 64;
    options.heartbeat = Millis(20);
    options.sweep = Millis(20);
    options.retry = Millis(50);
    options.alive_for = alive_for;
    auto opened = RedisStore::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
  }
  ~Gateway() { leave(); }

  void start() {
    store->on_change([this](const Change& change) {
      const std::lock_guard lock(mutex);
      changes.push_back(change.name);
    });
    store->on_stuck([this](std::string why) {
      const std::lock_guard lock(mutex);
      stuck.push_back(std::move(why));
    });
    store->start();
    auto made = store->limits_for(loop);
    if (!made) throw std::runtime_error(made.error().message);
    limits = std::move(*made);
  }
  // As a gateway that stops in order; what is under way on the loop is canceled.
  void leave() {
    limits.reset();
    run_until(loop, [&] { return loop.spawned() + loop.services() == 0; });
    store.reset();
  }

  Result<quota::SharedAnswer> reserve(ChargeId charge, std::vector<quota::LimitedScope> scopes, std::int64_t tokens) {
    std::optional<Result<quota::SharedAnswer>> answer;
    limits->reserve({charge, scopes, tokens}, [&](Result<quota::SharedAnswer> got) { answer.emplace(std::move(got)); });
    EXPECT_FALSE(answer) << "never within the call";
    run_until(loop, [&] { return answer.has_value(); });
    return std::move(*answer);
  }
  // Admits and writes down, as the gateway does.
  ChargeId open(const std::vector<quota::LimitedScope>& scopes, std::int64_t tokens) {
    ledger::Entry entry;
    entry.charge = store->next_charge();
    const auto answer = reserve(entry.charge, scopes, tokens);
    EXPECT_TRUE(answer && std::holds_alternative<quota::SharedAdmission>(*answer));
    for (const auto& scope : scopes) entry.scopes[entry.scope_count++] = scope.id;
    entry.reserved_tokens = tokens;
    entry.at = WallTime(std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()));
    EXPECT_TRUE(store->append(entry));
    return entry.charge;
  }
  void write_end(ChargeId charge, std::int64_t tokens, ledger::EntryKind kind = ledger::EntryKind::settle) {
    ledger::Entry entry;
    entry.kind = kind;
    entry.charge = charge;
    entry.usage.prompt = tokens;
    entry.outcome = ledger::Outcome::ok;
    EXPECT_TRUE(store->append(entry));
  }
  void settle(ChargeId charge, std::int64_t tokens) {
    write_end(charge, tokens);
    limits->ended(charge);
  }
  std::vector<quota::SharedUsage> look(const std::vector<quota::LimitedScope>& scopes) {
    std::optional<Result<std::vector<quota::SharedUsage>>> seen;
    limits->look(scopes, [&](auto got) { seen.emplace(std::move(got)); });
    run_until(loop, [&] { return seen.has_value(); });
    if (*seen) return **seen;
    return std::vector<quota::SharedUsage>(scopes.size());
  }
  // Looks until `condition` of the first scope's usage holds.
  bool await(const std::vector<quota::LimitedScope>& scopes, const std::function<bool(const quota::SharedUsage&)>& is) {
    const MonoTime end = std::chrono::steady_clock::now() + Millis(20'000);
    while (std::chrono::steady_clock::now() < end)
      if (is(look(scopes).front())) return true;
    return false;
  }
  bool saw(const std::string& name) {
    return run_until(loop, [&] {
      const std::lock_guard lock(mutex);
      return std::find(changes.begin(), changes.end(), name) != changes.end();
    });
  }

  net::EventLoop loop;
  std::unique_ptr<RedisStore> store;
  std::unique_ptr<quota::SharedLimits> limits;
  std::mutex mutex;
  std::vector<std::string> changes;
  std::vector<std::string> stuck;  // what it was told, in order
};

// On one server, and on a cluster of three masters.
class RedisStoreTest : public ::testing::TestWithParam<bool> {
 public:
  RedisStoreTest() {
    if (GetParam()) {
      cluster = std::make_unique<RedisCluster>(false, RedisServerOptions{.append_only = true});
    } else {
      server = std::make_unique<RedisServer>(RedisServerOptions{.append_only = true});
    }
  }
  // On whichever node has the key; of the others nothing.
  void command(std::initializer_list<std::string_view> words) {
    if (server) server->command(words);
    for (std::size_t i = 0; cluster && i < cluster->size(); ++i) cluster->node(i).command(words);
  }
  std::string url() const { return server ? server->url() : cluster->url(); }
  void kill_all() {
    if (server) server->kill();
    for (std::size_t i = 0; cluster && i < cluster->size(); ++i) cluster->node(i).kill();
  }
  void restart_all() {
    if (server) server->restart();
    for (std::size_t i = 0; cluster && i < cluster->size(); ++i) cluster->node(i).restart();
    if (cluster) cluster->await_ok();
  }

  TempFolder folder;
  std::unique_ptr<RedisServer> server;
  std::unique_ptr<RedisCluster> cluster;
};

std::vector<quota::LimitedScope> scopes(quota::Limits user = {}, quota::Limits global = {}, quota::Limits group = {}) {
  return {{ScopeKind::key, kKey, {}},
          {ScopeKind::user, kUser, user},
          {ScopeKind::model, kModel, {}},
          {ScopeKind::global, kGlobal, global},
          {ScopeKind::group, kGroup, group}};
}

TEST_P(RedisStoreTest, TwoGatewaysShareAUsersLimit) {
  Gateway a(url(), folder / "a"), b(url(), folder / "b");
  a.start(), b.start();
  const auto asked = scopes(only(LimitKind::tpm, 250));
  const ChargeId first = a.open(asked, 100);
  const ChargeId second = b.open(asked, 100);
  const auto third = a.reserve(a.store->next_charge(), asked, 100);
  ASSERT_TRUE(third);
  const auto* denied = std::get_if<quota::Denied>(&*third);
  ASSERT_NE(denied, nullptr);
  EXPECT_EQ(denied->scope, kUser);
  EXPECT_EQ(denied->used, 200);
  a.settle(first, 30);
  b.settle(second, 30);
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) { return u.standing[LimitKind::tpm].used == 60; }));
  const auto usage = b.look({asked[1], asked[0], asked[2], asked[3], asked[4]});
  for (const auto& one : usage) {
    EXPECT_EQ(one.requests, 2) << static_cast<unsigned>(one.scope);
    EXPECT_EQ(one.prompt_tokens, 60);
    EXPECT_EQ(one.standing[LimitKind::concurrent].used, 0);
  }
}

TEST_P(RedisStoreTest, ALimitThatTenantsShareRefusesAndUndoesWhatWasTakenBefore) {
  Gateway a(url(), folder / "a");
  a.start();
  const auto asked = scopes(only(LimitKind::rpm, 10), only(LimitKind::tpm, 150), only(LimitKind::rpm, 5));
  const ChargeId first = a.open(asked, 100);
  const auto second = a.reserve(a.store->next_charge(), asked, 100);
  ASSERT_TRUE(second);
  const auto* denied = std::get_if<quota::Denied>(&*second);
  ASSERT_NE(denied, nullptr);
  EXPECT_EQ(denied->scope, kGlobal);
  EXPECT_EQ(denied->scope_kind, ScopeKind::global);
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) {
    return u.standing[LimitKind::rpm].used == 1 && u.standing[LimitKind::concurrent].used == 1;
  })) << "the refused one left nothing";
  a.settle(first, 100);
  EXPECT_TRUE(a.await({asked[3]}, [](const auto& u) {
    return u.standing[LimitKind::tpm].used == 100 && u.standing[LimitKind::concurrent].used == 0;
  }));
  EXPECT_TRUE(a.await({asked[4]}, [](const auto& u) { return u.standing[LimitKind::concurrent].used == 0; }));
}

TEST_P(RedisStoreTest, EndingsOfTheTimeWhenTheStoreWasLostAreToldOnce) {
  Gateway a(url(), folder / "a");
  a.start();
  const auto asked = scopes(only(LimitKind::rpm, 10));
  const ChargeId settled = a.open(asked, 100);
  const ChargeId released = a.open(asked, 100);
  kill_all();
  a.settle(settled, 40);
  a.write_end(released, 0, ledger::EntryKind::release);
  a.limits->ended(released);
  // Admitted while nobody could be asked.
  ledger::Entry alone;
  alone.charge = quota::unshared(a.store->next_charge());
  for (const auto& scope : asked) alone.scopes[alone.scope_count++] = scope.id;
  alone.reserved_tokens = 100;
  alone.at = WallTime(std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()));
  ASSERT_TRUE(a.store->append(alone));
  a.settle(alone.charge, 7);
  EXPECT_TRUE(run_until(a.loop, [&] { return a.store->health().lost; }));
  EXPECT_FALSE(a.limits->reachable());
  restart_all();
  EXPECT_TRUE(run_until(a.loop, [&] { return !a.store->health().lost && a.store->health().lag_entries == 0; }));
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) {
    return u.requests == 2 && u.prompt_tokens == 47 && u.standing[LimitKind::concurrent].used == 0;
  }));
  EXPECT_EQ(a.look({asked[1]}).front().standing[LimitKind::rpm].used, 2);
}

TEST_P(RedisStoreTest, ADeadGatewaysChargesAreEndedByTheOtherAsReserved) {
  auto dead = std::make_unique<Gateway>(url(), folder / "a", Millis(300));
  Gateway alive(url(), folder / "b", Millis(300));
  dead->start(), alive.start();
  const auto asked = scopes(only(LimitKind::concurrent, 10), only(LimitKind::concurrent, 20));
  dead->open(asked, 100);
  const ChargeId living = alive.open(asked, 50);
  EXPECT_EQ(alive.look({asked[1]}).front().standing[LimitKind::concurrent].used, 2);
  std::filesystem::copy(folder / "a", folder / "left", std::filesystem::copy_options::recursive);
  dead.reset();  // it says goodbye, which the others take as they take silence
  EXPECT_TRUE(alive.await(
      {asked[1]}, [](const auto& u) { return u.standing[LimitKind::concurrent].used == 1 && u.prompt_tokens == 100; }));
  EXPECT_TRUE(alive.await({asked[3]}, [](const auto& u) { return u.standing[LimitKind::concurrent].used == 1; }));

  // It comes back with its outbox as a kill left it, and tells the same: nothing changes.
  Gateway back(url(), folder / "left", Millis(300));
  EXPECT_EQ(back.store->outbox_size().left_behind, 1U);
  back.start();
  EXPECT_TRUE(run_until(back.loop, [&] { return back.store->outbox_size().left_behind == 0; }));
  alive.settle(living, 50);
  EXPECT_TRUE(alive.await({asked[1]}, [](const auto& u) { return u.requests == 2 && u.prompt_tokens == 150; }));
}

TEST_P(RedisStoreTest, ASettlementAfterTheExpiryIsBookedAsADifference) {
  Gateway a(url(), folder / "a"), b(url(), folder / "b", Millis(1));
  a.start();
  const auto asked = scopes(only(LimitKind::tpm, 1'000));
  const ChargeId charge = a.open(asked, 100);
  b.start();  // takes everybody for dead
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) { return u.prompt_tokens == 100; }));
  a.settle(charge, 30);
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) {
    return u.requests == 1 && u.prompt_tokens == 30 && u.standing[LimitKind::tpm].used == 30;
  }));
}

TEST_P(RedisStoreTest, UsersKeysAndBansOfOneGatewayAreSeenByTheOther) {
  Gateway a(url(), folder / "a"), b(url(), folder / "b");
  a.start(), b.start();
  UserRow user;
  user.name = "새 사용자";
  user.created_at = WallTime(Millis(5));
  const auto scope = a.store->identity().put_user(user);
  ASSERT_TRUE(scope) << scope.error().message;
  EXPECT_TRUE(b.saw("user:새 사용자"));
  KeyRow key;
  key.digest[0] = identity::KeyDigest::value_type{9};
  key.user_name = "새 사용자";
  ASSERT_TRUE(b.store->identity().add_key(key));
  EXPECT_EQ(a.store->identity().add_key(key).error().code, ErrorCode::conflict);
  key.user_name = "아무도";
  EXPECT_EQ(a.store->identity().add_key(key).error().code, ErrorCode::not_found);
  const auto keys = a.store->identity().keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().user_scope, *scope);
  ASSERT_TRUE(a.store->identity().set_key_disabled(key.digest, true));
  EXPECT_TRUE(b.store->identity().keys()->front().disabled);
  ASSERT_TRUE(a.store->identity().set_user_disabled("새 사용자", true));
  EXPECT_TRUE(b.store->identity().users()->front().disabled);
  EXPECT_EQ(a.store->identity().set_user_disabled("아무도", true).error().code, ErrorCode::not_found);

  const WallTime now = WallTime(Millis(1'000));
  ASSERT_TRUE(a.store->identity().save_ban({.scope = *scope, .until = WallTime(Millis(2'000)), .reason = "이유"}));
  EXPECT_TRUE(b.saw("ban:" + std::to_string(static_cast<unsigned>(*scope))));
  ASSERT_EQ(b.store->identity().bans(now)->size(), 1U);
  EXPECT_TRUE(b.store->identity().bans(WallTime(Millis(3'000)))->empty());
  ASSERT_TRUE(b.store->identity().remove_ban(*scope));
  EXPECT_TRUE(a.store->identity().bans(now)->empty());
}

TEST_P(RedisStoreTest, AScopeHasOneNumberForEver) {
  Gateway a(url(), folder / "a"), b(url(), folder / "b");
  const auto first = a.store->identity().scope(ScopeKind::user, "사용자1");
  const auto other = b.store->identity().scope(ScopeKind::model, "사용자1");
  ASSERT_TRUE(first && other);
  EXPECT_NE(*first, *other);
  EXPECT_EQ(*b.store->identity().scope(ScopeKind::user, "사용자1"), *first);
}

TEST_P(RedisStoreTest, ALedgerThatCannotBeAddedUpIsToldOnceAndCountedOnceWhenItCan) {
  Gateway a(url(), folder / "a");
  a.start();
  const auto asked = scopes();
  a.settle(a.open(asked, 100), 30);
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) { return u.prompt_tokens == 30; }));
  const std::string totals = Keyspace("ktl").totals(Keyspace::tenant_tag(kUser));
  const std::string user = scope_word(ScopeKind::user, kUser);
  const std::int64_t today = ledger::day_number(SystemClock().wall(), Millis(0));
  command({"HSET", totals, user, "many"});
  a.settle(a.open(asked, 100), 12);
  EXPECT_TRUE(run_until(a.loop, [&] { return a.store->health().stuck_groups == 1; }));
  const auto health = a.store->health();
  EXPECT_TRUE(health.accepting && !health.lost);
  EXPECT_NE(health.reason.find("a total that is not understood: " + user + " in " + totals), std::string::npos)
      << health.reason;
  const auto days = a.store->usage().by_day(ScopeKind::user, kUser, today - 1, today + 1);
  ASSERT_TRUE(days) << days.error().message;
  std::int64_t counted = 0;
  for (const ledger::DayUsage& day : *days) counted += day.sum.prompt;
  EXPECT_EQ(counted, 30) << "nothing of it is counted";

  command({"HSET", totals, user, "1 30 0"});
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) { return u.prompt_tokens == 42 && u.requests == 2; }));
  EXPECT_TRUE(run_until(a.loop, [&] { return a.store->health().stuck_groups == 0; }));
  EXPECT_EQ(a.store->health().reason, "");
  const std::lock_guard lock(a.mutex);
  ASSERT_EQ(a.stuck.size(), 2U);
  EXPECT_EQ(a.stuck[0], health.reason);
  EXPECT_EQ(a.stuck[1], "");
}

INSTANTIATE_TEST_SUITE_P(OnOneServer, RedisStoreTest, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(OnACluster, RedisStoreTest, ::testing::Values(true));

TEST(RedisStore, AServerThatWasEmptiedGetsTheFunctionsAndTheUnendedChargesBack) {
  TempFolder folder;
  RedisServer server;
  Gateway a(server.url(), folder / "a");
  a.start();
  const auto asked = scopes(only(LimitKind::tpm, 1'000));
  const ChargeId lost = a.open(asked, 100);
  server.command({"FLUSHALL"});
  server.command({"FUNCTION", "FLUSH"});
  a.settle(lost, 60);
  EXPECT_TRUE(a.await({asked[1]}, [](const auto& u) { return u.prompt_tokens == 60; })) << "booked, though unknown";
  EXPECT_EQ(a.look({asked[1]}).front().standing[LimitKind::tpm].used, 60);
}

TEST(RedisStore, WithoutAServerItSaysWhyItCannotStart) {
  TempFolder folder;
  RedisServer server;
  const std::string url = server.url();
  server.kill();
  RedisStoreOptions options;
  options.url = parse_url(url).value();
  options.outbox = folder / "outbox";
  options.patience = Millis(50);
  const auto opened = RedisStore::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  EXPECT_NE(opened.error().message.find("no connection to Redis"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace ktl::storage::redis

// What limits, reservations, books and bans promise whatever keeps them: one suite, run on memory, a SQLite file, a
// real redis-server and a real cluster of three masters, through the gateway's own accounting.
#include <gtest/gtest.h>

#include <map>

#include "app/store.h"
#include "gateway/accounting.h"
#include "ledger/days.h"
#include "storage/journal/journal_fixture.h"
#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"

namespace ktl::app {
namespace {

using gateway::Accounting;
using gateway::Charge;
using quota::LimitKind;
using storage::redis::run_until;

enum class Kind { memory, sqlite, redis, redis_cluster };

std::string name_of_kind(const ::testing::TestParamInfo<Kind>& info) {
  switch (info.param) {
    case Kind::memory:
      return "Memory";
    case Kind::sqlite:
      return "Sqlite";
    case Kind::redis:
      return "Redis";
    case Kind::redis_cluster:
      return "RedisCluster";
  }
  return "?";
}

class LimitsConformance : public ::testing::TestWithParam<Kind> {
 public:
  LimitsConformance() {
    config.sqlite_path = folder / "usage.db";
    config.outbox_path = folder / "outbox";
    config.gateway_timeout = std::chrono::seconds(60);
    switch (GetParam()) {
      case Kind::memory:
        config.type = config::StorageType::memory;
        break;
      case Kind::sqlite:
        config.type = config::StorageType::sqlite;
        break;
      case Kind::redis:
        server = std::make_unique<storage::redis::RedisServer>(storage::redis::RedisServerOptions{.append_only = true});
        config.redis_url = config::Secret(server->url());
        config.type = config::StorageType::redis;
        break;
      case Kind::redis_cluster:
        cluster = std::make_unique<storage::redis::RedisCluster>();
        config.redis_url = config::Secret(cluster->url());
        config.type = config::StorageType::redis;
        break;
    }
    start();
  }
  ~LimitsConformance() override { stop(); }

  // As the gateway starts.
  void start() {
    auto opened = Store::open(config, day);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
    Accounting::Options options;
    options.bans.threshold = 2;
    if (store->is_shared()) options.shared = gateway::Loss::closed;
    accounting = std::make_unique<Accounting>(options, store->journal(), clock);
    key = *store->scope(ScopeKind::key, "열쇠");
    user = *store->scope(ScopeKind::user, "사용자1");
    model = *store->scope(ScopeKind::model, "korean-qwen");
    global = *store->scope(ScopeKind::global, "everybody");
    for (const auto& [id, kind] : {std::pair(key, ScopeKind::key), std::pair(model, ScopeKind::model)})
      set_limits(id, kind, {});
    if (ledger::Books* books = store->books(); books != nullptr) {
      const WallTime now = clock.wall();
      accounting->restore(*books->usage_since(now - std::chrono::hours(25), now), *books->totals());
    }
    auto bans = store->bans(clock.wall());
    for (auto& ban : *bans) accounting->restore_ban(std::move(ban));
    accounting->on_ban_change([this](const quota::Ban& ban, bool lifted) { store->write_ban(ban, lifted); });
    if (!store->is_shared()) return;
    store->watch({.ban = [](auto, bool) {}, .identity = [] {}, .reach = [](bool, const std::string&) {}, .stuck = {}});
    shared = std::move(*store->limits_for(loop));
  }
  void stop() {
    if (store && store->is_shared()) {
      run_until(loop, [this] { return store->journal().health().lag_entries == 0; });
      shared.reset();
      run_until(loop, [this] { return loop.spawned() + loop.services() == 0; });
      store->stop_watching();
    }
    accounting.reset();
    store.reset();
  }
  // What memory keeps ends with the process.
  bool survives() const { return GetParam() != Kind::memory; }
  void restart() {
    stop();
    start();
  }

  void set_limits(ScopeId scope, ScopeKind kind, const quota::Limits& limits) {
    accounting->set_limits(scope, kind, limits);
    if (store->is_shared()) store->set_limits(scope, limits);
  }
  void limit_user(std::initializer_list<std::pair<LimitKind, std::int64_t>> amounts) {
    quota::Limits limits;
    for (const auto& [kind, amount] : amounts) limits[kind] = amount;
    set_limits(user, ScopeKind::user, limits);
    set_limits(global, ScopeKind::global, global_limits);
  }

  net::Task<void> ask_shared(std::int64_t tokens, std::optional<Accounting::Reserved>& answer) {
    answer = co_await accounting->reserve(*shared, scopes(), tokens);
  }
  net::Task<void> look_shared(bool& done) {
    co_await accounting->look(*shared, scopes());
    done = true;
  }
  Accounting::Reserved reserve(std::int64_t tokens) {
    asked = {key, user, model, global};
    if (!shared) return accounting->reserve(scopes(), tokens);
    std::optional<Accounting::Reserved> answer;
    // On the loop, whose clock stands still while it does not run.
    loop.post([&] { loop.spawn(ask_shared(tokens, answer)); });
    run_until(loop, [&answer] { return answer.has_value(); });
    return std::move(*answer);
  }
  Charge admitted(std::int64_t tokens) {
    Accounting::Reserved answer = reserve(tokens);
    if (answer && std::holds_alternative<Charge>(*answer)) return std::get<Charge>(std::move(*answer));
    ADD_FAILURE() << (answer ? "refused" : answer.error().message);
    return {};
  }
  std::optional<quota::Denied> refusal(std::int64_t tokens) {
    Accounting::Reserved answer = reserve(tokens);
    if (!answer) return std::nullopt;
    if (auto* charge = std::get_if<Charge>(&*answer)) {
      charge->release();
      return std::nullopt;
    }
    return std::get<quota::Denied>(*answer);
  }
  // What is told to a shared store is there once nothing waits.
  void look() {
    asked = {user, key, model, global};  // a key belongs to the user before it
    if (!shared) return;
    run_until(loop, [this] { return store->journal().health().lag_entries == 0; });
    bool done = false;
    loop.post([&] { loop.spawn(look_shared(done)); });
    run_until(loop, [&done] { return done; });
  }
  std::int64_t used(LimitKind kind, ScopeId scope = ScopeId::none) {
    look();
    return accounting->standing(scope == ScopeId::none ? user : scope)[kind].used;
  }
  std::span<const ScopeId> scopes() const { return asked; }

  storage::testing::TempFolder folder;
  std::unique_ptr<storage::redis::RedisServer> server;
  std::unique_ptr<storage::redis::RedisCluster> cluster;
  config::Storage config;
  config::RateLimiting day;
  SystemClock clock;
  net::EventLoop loop;
  std::unique_ptr<Store> store;
  std::unique_ptr<Accounting> accounting;
  std::unique_ptr<quota::SharedLimits> shared;
  quota::Limits global_limits;
  ScopeId key{}, user{}, model{}, global{};
  std::vector<ScopeId> asked;
};

TokenUsage tokens(std::int64_t prompt, std::int64_t completion) {
  return {.prompt = prompt, .completion = completion};
}

TEST_P(LimitsConformance, AReservationCountsAtOnceAndSettlingCorrectsIt) {
  limit_user({{LimitKind::tpm, 1'000}, {LimitKind::concurrent, 5}});
  Charge charge = admitted(400);
  EXPECT_EQ(used(LimitKind::tpm), 400);
  EXPECT_EQ(used(LimitKind::daily), 400);
  EXPECT_EQ(used(LimitKind::concurrent), 1);
  charge.settle(tokens(100, 50), ledger::Outcome::ok);
  EXPECT_EQ(used(LimitKind::tpm), 150);
  EXPECT_EQ(used(LimitKind::tph), 150);
  EXPECT_EQ(used(LimitKind::concurrent), 0);
  EXPECT_EQ(used(LimitKind::rpm), 1);
}

TEST_P(LimitsConformance, ARefusalCountsNothingAndSaysWhatRefusedAndHowLong) {
  limit_user({{LimitKind::tpm, 1'000}});
  Charge charge = admitted(900);
  const auto denied = refusal(200);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->scope, user);
  EXPECT_EQ(denied->scope_kind, ScopeKind::user);
  EXPECT_EQ(denied->limit, LimitKind::tpm);
  EXPECT_EQ(denied->allowed, 1'000);
  EXPECT_EQ(denied->used, 900);
  EXPECT_EQ(denied->requested, 200);
  EXPECT_GT(denied->retry_after, Millis(50'000));
  EXPECT_LE(denied->retry_after, Millis(60'500));
  EXPECT_FALSE(denied->never);
  EXPECT_EQ(used(LimitKind::tpm), 900);
  EXPECT_EQ(used(LimitKind::rpm), 1);
  EXPECT_FALSE(refusal(100)) << "what fits still fits";
  charge.release();
}

TEST_P(LimitsConformance, WhatCanNeverFitIsToldSo) {
  limit_user({{LimitKind::tpm, 1'000}});
  const auto denied = refusal(1'001);
  ASSERT_TRUE(denied);
  EXPECT_TRUE(denied->never);
}

TEST_P(LimitsConformance, AReleaseGivesEverythingBack) {
  limit_user({{LimitKind::rpm, 1}, {LimitKind::tpm, 1'000}, {LimitKind::concurrent, 1}});
  admitted(1'000).release();
  EXPECT_EQ(used(LimitKind::rpm), 0);
  EXPECT_EQ(used(LimitKind::tpm), 0);
  Charge again = admitted(1'000);
  EXPECT_EQ(used(LimitKind::concurrent), 1);
  again.settle(tokens(1, 1), ledger::Outcome::ok);
  EXPECT_TRUE(refusal(1)) << "one request a minute";
}

TEST_P(LimitsConformance, AllScopesOrNothing) {
  global_limits[LimitKind::tpm] = 500;
  limit_user({{LimitKind::tpm, 1'000}});
  Charge charge = admitted(400);
  const auto denied = refusal(200);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->scope, global);
  if (shared) run_until(loop, [this] { return used(LimitKind::tpm) == 400; });
  EXPECT_EQ(used(LimitKind::tpm), 400) << "the user's own room was not touched";
  EXPECT_EQ(used(LimitKind::rpm), 1);
  charge.settle(tokens(300, 0), ledger::Outcome::ok);
  EXPECT_EQ(used(LimitKind::tpm, global), 300);
  EXPECT_FALSE(refusal(200));
}

TEST_P(LimitsConformance, UsageAboveTheReservationIsCountedInFull) {
  limit_user({{LimitKind::tpm, 1'000}});
  admitted(100).settle(tokens(700, 800), ledger::Outcome::ok);
  EXPECT_EQ(used(LimitKind::tpm), 1'500);
  EXPECT_TRUE(refusal(1));
  look();
  EXPECT_EQ(accounting->totals_of(user).prompt_tokens, 700);
  EXPECT_EQ(accounting->totals_of(user).completion_tokens, 800);
}

TEST_P(LimitsConformance, TotalsAreWhatWasSettledForEveryScope) {
  limit_user({});
  admitted(100).settle(tokens(30, 5), ledger::Outcome::ok);
  admitted(100).settle(tokens(20, 0), ledger::Outcome::client_left);
  admitted(100).release();
  look();
  for (const ScopeId scope : {key, user, model, global}) {
    const ledger::Totals totals = accounting->totals_of(scope);
    EXPECT_EQ(totals.requests, 2) << static_cast<unsigned>(scope);
    EXPECT_EQ(totals.prompt_tokens, 50);
    EXPECT_EQ(totals.completion_tokens, 5);
  }
}

// What a scope used today, which may end meanwhile.
ledger::Sum on_days(ledger::UsageBook& book, ScopeKind kind, ScopeId scope, std::int64_t today) {
  ledger::Sum sum;
  const auto days = book.by_day(kind, scope, today, today + 1);
  EXPECT_TRUE(days) << days.error().message;
  std::int64_t last = today - 1;
  for (const ledger::DayUsage& day : *days) {
    EXPECT_GT(day.day, std::exchange(last, day.day));
    sum += day.sum;
  }
  EXPECT_LE(last, today + 1);
  return sum;
}

std::vector<std::pair<std::string, std::int64_t>> most_used(ledger::UsageBook& book, ScopeKind kind, std::int64_t from,
                                                            std::int64_t to, std::size_t most = 10) {
  std::vector<std::pair<std::string, std::int64_t>> list;
  const auto told = book.most_used(kind, from, to, most);
  EXPECT_TRUE(told) << told.error().message;
  for (const ledger::NamedUsage& one : *told) list.emplace_back(one.name, one.sum.tokens());
  return list;
}

// Who used how many tokens, by name, on days that may end meanwhile.
std::map<std::string, std::int64_t> used_by_each(ledger::UsageBook& book, ScopeKind kind, std::int64_t from,
                                                 std::int64_t to) {
  std::map<std::string, std::int64_t> used;
  const auto told = book.each_by_day(kind, from, to);
  EXPECT_TRUE(told) << told.error().message;
  std::pair<std::int64_t, std::string> last;
  for (const ledger::NamedDayUsage& one : *told) {
    EXPECT_LT(last, std::pair(one.day, one.name));
    last = {one.day, one.name};
    used[one.name] += one.sum.tokens();
  }
  return used;
}

TEST_P(LimitsConformance, UsageIsToldByDayByHourAndByWhoUsedMost) {
  using List = std::vector<std::pair<std::string, std::int64_t>>;
  const WallTime begin = clock.wall();
  const std::int64_t today = ledger::day_number(begin, day.day_offset);
  limit_user({});
  const ScopeId first = user;
  admitted(100).settle(tokens(30, 5), ledger::Outcome::ok);
  admitted(100).settle(tokens(20, 0), ledger::Outcome::client_left);
  admitted(100).release();
  { const Charge forgotten = admitted(7); }
  user = *store->scope(ScopeKind::user, "사용자2");
  key = *store->scope(ScopeKind::key, "열쇠2");
  set_limits(key, ScopeKind::key, {});
  limit_user({});
  admitted(1'000).settle(tokens(500, 60), ledger::Outcome::ok);

  for (int run = 0; run < (survives() ? 2 : 1); ++run) {
    ledger::UsageBook& book = store->usage();
    const auto all_is_told = [&] { return on_days(book, ScopeKind::global, global, today) == ledger::Sum{4, 557, 65}; };
    EXPECT_TRUE(run_until(loop, all_is_told));
    EXPECT_EQ(on_days(book, ScopeKind::user, first, today), (ledger::Sum{3, 57, 5}));
    EXPECT_EQ(on_days(book, ScopeKind::key, key, today), (ledger::Sum{1, 500, 60}));
    EXPECT_EQ(on_days(book, ScopeKind::model, model, today), (ledger::Sum{4, 557, 65}));
    EXPECT_EQ(on_days(book, ScopeKind::user, first, today - 9), ledger::Sum{});

    std::int64_t requests = 0, used = 0;
    const auto hours = book.by_hour(ScopeKind::user, first, begin - std::chrono::hours(48), begin + std::chrono::hours(1));
    ASSERT_TRUE(hours) << hours.error().message;
    for (const ledger::UsageSlice& slice : *hours) {
      requests += slice.requests;
      used += slice.tokens;
      if (slice.requests == 0) continue;
      EXPECT_GE(ledger::hour_number(slice.at), ledger::hour_number(begin));
    }
    EXPECT_EQ(requests, 3);
    EXPECT_EQ(used, 62);

    EXPECT_EQ(most_used(book, ScopeKind::user, today, today + 1), (List{{"사용자2", 560}, {"사용자1", 62}}));
    EXPECT_EQ(most_used(book, ScopeKind::user, today - 365, today + 1, 1), (List{{"사용자2", 560}}));
    EXPECT_EQ(most_used(book, ScopeKind::key, today, today + 1), (List{{"열쇠2", 560}, {"열쇠", 62}}));
    EXPECT_EQ(most_used(book, ScopeKind::model, today, today + 1), (List{{"korean-qwen", 622}}));
    EXPECT_EQ(most_used(book, ScopeKind::group, today, today + 1), List{});
    EXPECT_EQ(most_used(book, ScopeKind::user, today - 9, today - 2), List{});

    using Each = std::map<std::string, std::int64_t>;
    EXPECT_EQ(used_by_each(book, ScopeKind::user, today - 40, today + 1), (Each{{"사용자1", 62}, {"사용자2", 560}}));
    EXPECT_EQ(used_by_each(book, ScopeKind::model, today, today + 1), (Each{{"korean-qwen", 622}}));
    EXPECT_EQ(used_by_each(book, ScopeKind::group, today, today + 1), Each{});
    EXPECT_EQ(used_by_each(book, ScopeKind::user, today - 9, today - 2), Each{});
    if (run == 0 && survives()) {
      restart();
      user = *store->scope(ScopeKind::user, "사용자2");
      key = *store->scope(ScopeKind::key, "열쇠2");
    }
  }
}

TEST_P(LimitsConformance, AChargeThatIsForgottenIsSettledAsReserved) {
  limit_user({{LimitKind::tpm, 1'000}});
  { const Charge forgotten = admitted(250); }
  EXPECT_EQ(used(LimitKind::tpm), 250);
  EXPECT_EQ(used(LimitKind::concurrent), 0);
}

TEST_P(LimitsConformance, NewLimitsHoldForWhatIsCountedAlready) {
  limit_user({{LimitKind::tpm, 1'000}});
  admitted(600).settle(tokens(600, 0), ledger::Outcome::ok);
  limit_user({{LimitKind::tpm, 500}});
  const auto denied = refusal(1);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->used, 600);
  limit_user({{LimitKind::tpm, 2'000}});
  EXPECT_FALSE(refusal(1'400));
}

TEST_P(LimitsConformance, ARestartForgetsNoUsageNoTotalsNoLimitsAndNoNumbers) {
  if (!survives()) return;
  limit_user({{LimitKind::rpm, 2}, {LimitKind::tpm, 1'000}});
  admitted(500).settle(tokens(400, 50), ledger::Outcome::ok);
  const ScopeId before[] = {key, user, model, global};
  restart();
  EXPECT_TRUE(std::equal(std::begin(before), std::end(before), std::begin({key, user, model, global})));
  limit_user({{LimitKind::rpm, 2}, {LimitKind::tpm, 1'000}});
  EXPECT_EQ(used(LimitKind::tpm), 450);
  EXPECT_EQ(used(LimitKind::rpm), 1);
  EXPECT_EQ(accounting->totals_of(user).completion_tokens, 50);
  EXPECT_TRUE(refusal(600));
  Charge second = admitted(100);
  EXPECT_TRUE(refusal(1)) << "the third request";
  second.release();
}

TEST_P(LimitsConformance, ABanSurvivesARestartUntilItIsLifted) {
  if (!survives()) return;
  limit_user({});
  accounting->ban(user, clock.wall() + std::chrono::hours(1), "이유");
  const auto written = [this](bool banned) {
    return run_until(loop, [&] { return store->bans(clock.wall())->empty() != banned; });
  };
  EXPECT_TRUE(written(true));
  restart();
  const auto banned = accounting->banned({&user, 1});
  ASSERT_TRUE(banned);
  EXPECT_EQ(banned->ban.reason, "이유");
  EXPECT_TRUE(banned->ban.manual);
  EXPECT_TRUE(accounting->unban(user));
  EXPECT_TRUE(written(false));
  restart();
  EXPECT_FALSE(accounting->banned({&user, 1}));
}

INSTANTIATE_TEST_SUITE_P(On, LimitsConformance,
                         ::testing::Values(Kind::memory, Kind::sqlite, Kind::redis, Kind::redis_cluster), name_of_kind);

}  // namespace
}  // namespace ktl::app

// What happens to calls and connections when the server dies, stalls, or comes back.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/single_client.h"

namespace ktl::storage::redis {
namespace {

TEST(LostConnection, EndsEachCallInFlightOnceAndForbidsToRepeatIt) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  server.pause();
  Calls calls;
  for (int i = 0; i < 1000; ++i) call(*client, {"INCR", "n"}, calls.next());
  run_a_turn(loop);
  server.kill();
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i)
    ASSERT_NO_FATAL_FAILURE(expect_failure(calls.result(i), ErrorCode::unavailable, Retry::no));
  EXPECT_EQ(states, std::vector<bool>{false});
}

TEST(LostConnection, AllowsToRepeatWhatNeverLeft) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  server.pause();
  const std::string big(30 * 1024 * 1024, 'x');  // far more than the kernel takes for a server that does not read
  Calls calls;
  call(*client, {"INCR", "n"}, calls.next());
  call(*client, {"SET", "big", big}, calls.next());
  call(*client, {"INCR", "n"}, calls.next());
  run_a_turn(loop);
  server.kill();
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  expect_failure(calls.result(0), ErrorCode::unavailable, Retry::no);
  expect_failure(calls.result(1), ErrorCode::unavailable, Retry::yes);
  expect_failure(calls.result(2), ErrorCode::unavailable, Retry::yes);
}

TEST(LostConnection, ComesBackByItselfAndSaysSo) {
  RedisServer server({.append_only = true});
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  for (int round = 1; round <= 3; ++round) {
    const auto reply = ask(loop, *client, {"INCR", "n"});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->integer, round);
    server.kill();
    run_until(loop, [&] { return !client->connected(); });
    server.restart();
    run_until(loop, [&] { return client->connected(); });
  }
  EXPECT_EQ(states, (std::vector<bool>{false, true, false, true, false, true}));
}

// A server that dies and comes back under load: what was answered was executed, what may be repeated was not.
TEST(LostConnection, TellsTheTruthAboutWhatWasExecuted) {
  RedisServer server({.append_only = true});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rng rng(seed);
    net::EventLoop loop;
    const auto client = open_and_connect(loop, server.url());
    const std::string key = "n" + std::to_string(seed);
    std::int64_t executed = 0;
    std::int64_t unknown = 0;
    int open_calls = 0;
    bool ending = false;
    net::Timer timer;
    std::function<void()> load = [&] {
      for (std::uint64_t i = rng.below(200); i > 0 && !ending; --i) {
        ++open_calls;
        call(*client, {"INCR", key}, [&](const Result<Value>& reply) {
          --open_calls;
          if (reply) ++executed;
          if (!reply && reply.error().retry == Retry::no) ++unknown;
        });
      }
      loop.arm(timer, loop.now() + Millis(1), load);
    };
    load();
    for (int round = 0; round < 4; ++round) {
      const std::int64_t goal = executed + 500 + static_cast<std::int64_t>(rng.below(2000));
      run_until(loop, [&] { return executed > goal; });
      server.kill();
      run_until(loop, [&] { return !client->connected(); });
      server.restart();
    }
    ending = true;
    run_until(loop, [&] { return open_calls == 0 && client->connected(); });
    const auto final_count = ask(loop, *client, {"GET", key});
    ASSERT_TRUE(final_count);
    EXPECT_GE(std::stoll(final_count->text), executed) << "seed " << seed;
    EXPECT_LE(std::stoll(final_count->text), executed + unknown) << "seed " << seed;
  }
}

TEST(LostConnection, LeavesAServerThatHasBecomeAReplica) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  server.command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_TRUE(answer(loop, *client, {"SET", "k", "v"}).is_error("READONLY"));
  run_until(loop, [&] { return !client->connected(); });
  EXPECT_NE(client->problem().find("replica"), std::string::npos) << client->problem();
  server.command({"REPLICAOF", "NO", "ONE"});
  run_until(loop, [&] { return client->connected(); });
  EXPECT_EQ(answer(loop, *client, {"SET", "k", "v"}).text, "OK");
}

TEST(LostConnection, WaitsForAServerThatStartsLater) {
  RedisServer server;
  server.kill();
  net::EventLoop loop;
  const auto client = open(loop, server.url());
  run_until(loop, [&] { return client->problem().find("refused") != std::string::npos; });
  server.restart();
  run_until(loop, [&] { return client->connected(); });
  EXPECT_TRUE(ask(loop, *client, {"PING"}));
}

TEST(LostConnection, TimesOutAndLeavesASilentServer) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options;
  options.call_timeout = Millis(100);
  const auto client = open_and_connect(loop, server.url(), options);
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  server.command({"CLIENT", "PAUSE", "100000", "WRITE"});
  Calls calls;
  for (int i = 0; i < 3; ++i) call(*client, {"INCR", "n"}, calls.next());
  const MonoTime begun = loop.now();
  run_until(loop, [&] { return calls.all_ended(); });
  EXPECT_GE(loop.now() - begun, Millis(100));
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < 3; ++i) expect_failure(calls.result(i), ErrorCode::timeout, Retry::no);
  ASSERT_FALSE(states.empty()) << "nothing was answered at all, and the connection was kept";
  EXPECT_FALSE(states.front());
  server.command({"CLIENT", "UNPAUSE"});
  run_until(loop, [&] { return client->connected(); });
  EXPECT_TRUE(ask(loop, *client, {"INCR", "n"}));
}

TEST(LostConnection, KeepsAConnectionThatAnswersSlowly) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options = patient();
  options.call_timeout = Millis(1'500);
  const auto client = open_and_connect(loop, server.url(), options);
  bool lost = false;
  client->on_state([&](bool) { lost = true; });
  // BLPOP stands for a slow command: what follows it on the connection waits, but something was answered before.
  Calls calls;
  call(*client, {"BLPOP", "nothing", "2"}, calls.next());
  call(*client, {"ECHO", "after"}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  expect_failure(calls.result(0), ErrorCode::timeout, Retry::no);
  expect_failure(calls.result(1), ErrorCode::timeout, Retry::no);
  EXPECT_TRUE(lost) << "silence since both were sent";

  run_until(loop, [&] { return client->connected(); });
  lost = false;
  Calls more;
  call(*client, {"BLPOP", "nothing", "1"}, more.next());
  net::Timer timer;
  // Sent 1 s before the answer to BLPOP comes and 0.5 s before its own deadline.
  loop.arm(timer, loop.now() + Millis(200), [&] { call(*client, {"BLPOP", "nothing", "2"}, more.next()); });
  run_until(loop, [&] { return more.size() == 2 && more.all_ended(); });
  EXPECT_TRUE(more.result(0)) << more.result(0).error().message;
  expect_failure(more.result(1), ErrorCode::timeout, Retry::no);
  EXPECT_FALSE(lost) << "the server answered meanwhile";
  const auto echo = ask(loop, *client, {"ECHO", "x"});
  ASSERT_TRUE(echo) << echo.error().message;
  EXPECT_EQ(echo->text, "x") << "the late answer was given to another call";
}

TEST(LostConnection, NoticesADeadServerByItsHeartbeat) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options;
  options.heartbeat = Millis(50);
  options.call_timeout = Millis(100);
  const auto client = open_and_connect(loop, server.url(), options);
  server.pause();
  run_until(loop, [&] { return !client->connected(); });
  EXPECT_NE(client->problem().find("no answer"), std::string::npos) << client->problem();
  server.resume();
  run_until(loop, [&] { return client->connected(); });
}

TEST(LostConnection, AHeartbeatDisturbsNoCalls) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options = patient();
  options.heartbeat = Millis(5);
  const auto client = open_and_connect(loop, server.url(), options);
  net::Timer timer;
  bool late = false;
  loop.arm(timer, loop.now() + Millis(100), [&] { late = true; });
  run_until(loop, [&] { return late; });
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_ping:calls="), std::string::npos);
  const auto echo = ask(loop, *client, {"ECHO", "x"});
  ASSERT_TRUE(echo) << echo.error().message;
  EXPECT_EQ(echo->text, "x");
}

}  // namespace
}  // namespace ktl::storage::redis

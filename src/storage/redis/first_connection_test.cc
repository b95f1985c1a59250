// What happens to calls that are made before the first attempt to connect has ended.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/single_client.h"

namespace ktl::storage::redis {
namespace {

// A call that ends with this turn of the loop: it waits for nothing.
Result<Value> ask_at_once(net::EventLoop& loop, Client& client) {
  Calls calls;
  call(client, {"INCR", "n"}, calls.next());
  run_a_turn(loop);
  EXPECT_TRUE(calls.all_ended()) << "the call waited";
  run_until(loop, [&] { return calls.all_ended(); });
  return calls.result(0);
}

TEST(FirstConnection, IsWaitedForByTheCallsBeforeIt) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open(loop, server.url());
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  Calls calls;
  for (int i = 0; i < 100; ++i) call(*client, {"RPUSH", "list", std::to_string(i)}, calls.next());
  EXPECT_FALSE(client->connected());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(calls.result(i)) << calls.result(i).error().message;
    ASSERT_EQ(calls.order()[i], i);
    ASSERT_EQ(calls.result(i)->integer, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(server.command({"LINDEX", "list", "42"}).text, "42");
  EXPECT_EQ(states, std::vector<bool>{true});
}

TEST(FirstConnection, IsWaitedForOverTlsAndLogin) {
  RedisServer server({.tls = true, .more = {"--requirepass", "geheim"}});
  net::EventLoop loop;
  ClientOptions options = patient();
  options.ca_file = server.certificates().ca;
  std::string url = server.tls_url() + "/3";
  url.insert(url.find("//") + 2, ":geheim@");
  const auto client = open(loop, url, options);
  const auto info = ask(loop, *client, {"CLIENT", "INFO"});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_NE(info->text.find(" db=3 "), std::string::npos) << "sent before the login was over: " << info->text;
}

TEST(FirstConnection, MayTakeAsLongAsACall) {
  RedisServer server;
  server.pause();  // accepts, and says nothing
  net::EventLoop loop;
  const auto client = open(loop, server.url());
  Calls calls;
  call(*client, {"INCR", "n"}, calls.next());
  run_a_turn(loop);
  EXPECT_EQ(calls.ended(), 0u);
  server.resume();
  run_until(loop, [&] { return calls.all_ended(); });
  ASSERT_TRUE(calls.result(0)) << calls.result(0).error().message;
  EXPECT_EQ(calls.result(0)->integer, 1);
}

TEST(FirstConnection, ThatIsRefusedEndsTheCallsAndLaterOnesFailAtOnce) {
  RedisServer server;
  server.kill();
  net::EventLoop loop;
  const auto client = open(loop, server.url());
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  Calls calls;
  for (int i = 0; i < 3; ++i) call(*client, {"INCR", "n"}, calls.next());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    expect_failure(calls.result(i), ErrorCode::unavailable, Retry::yes);
    EXPECT_NE(calls.result(i).error().message.find("refused"), std::string::npos) << calls.result(i).error().message;
  }
  expect_failure(ask_at_once(loop, *client), ErrorCode::unavailable, Retry::yes);
  server.restart();
  run_until(loop, [&] { return client->connected(); });
  EXPECT_EQ(answer(loop, *client, {"INCR", "n"}).integer, 1) << "what failed was sent all the same";
  EXPECT_EQ(states, std::vector<bool>{true});
}

TEST(FirstConnection, ThatIsNeverAnsweredCostsACallItsTimeout) {
  RedisServer server;
  server.pause();
  net::EventLoop loop;
  ClientOptions options;
  options.call_timeout = Millis(50);
  options.connect_timeout = Millis(300);
  const auto client = open(loop, server.url(), options);
  Calls calls;
  for (int i = 0; i < 3; ++i) call(*client, {"INCR", "n"}, calls.next());
  const MonoTime begun = loop.now();
  run_until(loop, [&] { return calls.all_ended(); });
  EXPECT_GE(loop.now() - begun, Millis(50));
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) expect_failure(calls.result(i), ErrorCode::timeout, Retry::yes);
  run_until(loop, [&] { return client->problem().find("no connection within 300 ms") != std::string::npos; });
  expect_failure(ask_at_once(loop, *client), ErrorCode::unavailable, Retry::yes);
}

TEST(FirstConnection, HasItsTimeFromWhenTheLoopRuns) {
  net::EventLoop loop;
  RedisServer server;
  ClientOptions options = patient();
  options.connect_timeout = Millis(500);
  const auto client = open(loop, server.url(), options);
  // As a gateway that reads files and waits for others between making its loops and running them.
  while (std::chrono::steady_clock::now() < loop.now() + options.connect_timeout) server.command({"PING"});
  EXPECT_EQ(answer(loop, *client, {"INCR", "n"}).integer, 1);
}

TEST(FirstConnection, TriesEveryAddressOfTheNameFirst) {
  RedisServer dead;
  dead.kill();
  RedisServer server;
  Target target{{"redis.test", server.port()}, {}};
  for (const std::uint16_t port : {dead.port(), server.port()})
    target.addresses.push_back(net::resolve("127.0.0.1", port).value().front());
  net::EventLoop loop;
  SingleClient client(loop, target, {}, patient(), nullptr, Rng(1));
  EXPECT_EQ(answer(loop, client, {"INCR", "n"}).integer, 1);
}

TEST(FirstConnection, IsWaitedForByNoMoreThanTheBounds) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options = patient();
  options.max_waiting_calls = 10;
  options.max_waiting_bytes = 2000;
  {
    const auto client = open(loop, server.url(), options);
    expect_no_more_than(10, loop, *client);
  }
  const auto client = open(loop, server.url(), options);
  Calls calls;
  call(*client, {"SET", "k", std::string(1500, 'x')}, calls.next());
  call(*client, {"SET", "k", std::string(500, 'y')}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  EXPECT_TRUE(calls.result(0));
  expect_failure(calls.result(1), ErrorCode::unavailable, Retry::yes);
}

TEST(FirstConnection, IsKeptWhenACallHadWaitedForItTooLong) {
  RedisServer server;
  net::EventLoop loop;
  bool lost = false;
  Connection connection(loop, {{"127.0.0.1", server.port()}, net::resolve("127.0.0.1", server.port()).value()}, {},
                        patient(), nullptr, Rng(1), [&] { lost = connection.tried() && !connection.open(); });
  Calls calls;
  // Nothing is pushed, so nothing is said between the login and the call's end; but the call did not wait long for it.
  const std::string_view words[] = {"BLPOP", "nothing", "0"};
  connection.send(words, loop.now() + Millis(500), calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  ASSERT_FALSE(calls.result(0));
  EXPECT_EQ(calls.result(0).error().code, ErrorCode::timeout);
  EXPECT_FALSE(lost) << connection.problem();
}

TEST(FirstConnection, EndsItsCallsWhenTheClientIsDestroyed) {
  RedisServer server;
  net::EventLoop loop;
  auto client = open(loop, server.url());
  Calls calls;
  for (int i = 0; i < 5; ++i) call(*client, {"INCR", "n"}, calls.next());
  client.reset();
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) expect_failure(calls.result(i), ErrorCode::canceled, Retry::no);
}

}  // namespace
}  // namespace ktl::storage::redis

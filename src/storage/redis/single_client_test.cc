#include "storage/redis/single_client.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"

namespace ktl::storage::redis {
namespace {

TEST(SingleClient, ConnectsAndAnswers) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  EXPECT_EQ(client->problem(), "");
  const auto stored = ask(loop, *client, {"SET", "k", std::string_view("a\r\n\0b", 5)});
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->text, "OK");
  const auto read = ask(loop, *client, {"GET", "k"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, std::string("a\r\n\0b", 5));
}

TEST(SingleClient, GivesTheServersErrorsAsValues) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  const auto reply = ask(loop, *client, {"EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", "0"});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->is_error("NOSCRIPT"));
}

TEST(SingleClient, AnswersCallsInTheirOrder) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  Calls calls;
  for (int i = 0; i < 1000; ++i) call(*client, {"RPUSH", "list", std::to_string(i)}, calls.next());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_EQ(calls.order()[i], i);
    ASSERT_EQ(calls.result(i)->integer, static_cast<std::int64_t>(i) + 1);
  }
}

TEST(SingleClient, SendsAllCallsOfATurnInOneWrite) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  const auto reads = [&] {
    const std::string stats = server.command({"INFO", "stats"}).text;
    return std::stol(stats.substr(stats.find("total_reads_processed:") + 22));
  };
  const long before = reads();
  Calls calls;
  for (int i = 0; i < 100; ++i) call(*client, {"INCR", "n"}, calls.next());
  EXPECT_EQ(server.command({"GET", "n"}).kind, Kind::nil) << "something left before the end of the turn";
  run_until(loop, [&] { return calls.all_ended(); });
  EXPECT_LE(reads() - before, 10) << "the server read the 100 calls one by one";
}

TEST(SingleClient, Makes100000Calls) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  std::size_t begun = 0;
  std::size_t answered = 0;
  bool wrong = false;
  std::function<void()> more = [&] {
    if (++begun > 100'000) return;
    call(*client, {"INCR", "n"}, [&](Result<Value> reply) {
      wrong = wrong || !reply || reply->integer != static_cast<std::int64_t>(++answered);
      more();
    });
  };
  for (int i = 0; i < 1000; ++i) more();
  run_until(
      loop, [&] { return answered == 100'000 || wrong; }, Millis(60'000));
  EXPECT_FALSE(wrong);
  EXPECT_EQ(server.command({"GET", "n"}).text, "100000");
}

net::Task<void> count_up(Client& client, int times, std::int64_t& last) {
  const std::string_view words[] = {"INCR", "n"};
  for (int i = 0; i < times; ++i) {
    const Result<Value> reply = co_await client.execute("n", words);
    if (reply) last = reply->integer;
  }
}

TEST(SingleClient, CanBeAwaited) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  std::int64_t last = 0;
  loop.spawn(count_up(*client, 50, last));
  run_until(loop, [&] { return loop.spawned() == 0; });
  EXPECT_EQ(last, 50);
}

TEST(SingleClient, CarriesBigValues) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url());
  std::string big(20 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < big.size(); i += 4097) big[i] = static_cast<char>('a' + i % 26);
  Calls calls;
  call(*client, {"SET", "big", big}, calls.next());
  call(*client, {"GET", "big"}, calls.next());
  call(*client, {"STRLEN", "big"}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  ASSERT_TRUE(calls.result(1)) << calls.result(1).error().message;
  EXPECT_TRUE(calls.result(1)->text == big);
  EXPECT_EQ(calls.result(2)->integer, static_cast<std::int64_t>(big.size()));
}

TEST(SingleClient, SelectsItsDatabaseAndBearsItsName) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.url() + "/5");
  ASSERT_TRUE(ask(loop, *client, {"SET", "k", "v"}));
  const auto info = ask(loop, *client, {"CLIENT", "INFO"});
  EXPECT_NE(info->text.find(" db=5 "), std::string::npos) << info->text;
  EXPECT_NE(info->text.find(" name=token-limiter "), std::string::npos) << info->text;
}

TEST(SingleClient, RefusesMoreThanItsBounds) {
  RedisServer server;
  net::EventLoop loop;
  ClientOptions options = patient();
  options.max_waiting_calls = 10;
  options.max_waiting_bytes = 2000;
  const auto client = open_and_connect(loop, server.url(), options);
  expect_no_more_than(10, loop, *client);
  expect_failure(ask(loop, *client, {"SET", "k", std::string(2000, 'x')}), ErrorCode::unavailable, Retry::yes);
  EXPECT_TRUE(ask(loop, *client, {"SET", "k", std::string(1900, 'x')})) << "bytes are given back";
}

TEST(SingleClient, EndsWaitingCallsWhenItIsDestroyed) {
  RedisServer server;
  net::EventLoop loop;
  auto client = open_and_connect(loop, server.url());
  server.pause();
  Calls calls;
  for (int i = 0; i < 5; ++i) call(*client, {"INCR", "n"}, calls.next());
  client.reset();
  calls.expect_each_ended_once();
  expect_failure(calls.result(4), ErrorCode::canceled, Retry::no);
  server.resume();
}

}  // namespace
}  // namespace ktl::storage::redis

#include "storage/redis/cluster_client.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"

namespace ktl::storage::redis {
namespace {

std::string url_of(RedisServer& node) {
  return "redis+cluster://127.0.0.1:" + std::to_string(node.port());
}

// A key of `slot`.
std::string key_in(std::uint16_t slot) {
  for (int i = 0;; ++i) {
    std::string key = "{" + std::to_string(i) + "}";
    if (slot_of(key) == slot) return key;
  }
}

TEST(ClusterClient, FindsTheMasterOfEveryKeyFromAnyNode) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, url_of(cluster.node(2)));
  EXPECT_EQ(client->problem(), "");
  Calls calls;
  for (int i = 0; i < 3000; ++i) call(*client, {"SET", "key" + std::to_string(i), std::to_string(i)}, calls.next());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(calls.result(i)) << calls.result(i).error().message;
    ASSERT_EQ(calls.result(i)->text, "OK");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(cluster.node(i).command({"DBSIZE"}).integer, 800) << "node " << i;
    const std::string errors = cluster.node(i).command({"INFO", "errorstats"}).text;
    EXPECT_EQ(errors.find("MOVED"), std::string::npos) << "the map is known, so nothing is asked at the wrong node";
  }
}

TEST(ClusterClient, LetsCallsWaitForItsFirstMap) {
  RedisCluster cluster;
  net::EventLoop loop;
  // One node that is gone among the seeds: another one tells the map.
  RedisServer dead({.cluster = true});
  dead.kill();
  for (const std::string& url :
       {cluster.url(), url_of(dead) + ",127.0.0.1:" + std::to_string(cluster.node(1).port())}) {
    const auto client = open(loop, url);
    Calls calls;
    for (int i = 0; i < 300; ++i) call(*client, {"SET", "key" + std::to_string(i), "v"}, calls.next());
    EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
    run_until(loop, [&] { return calls.all_ended(); });
    calls.expect_each_ended_once();
    for (std::size_t i = 0; i < calls.size(); ++i)
      ASSERT_TRUE(calls.result(i)) << url << ", call " << i << ": " << calls.result(i).error().message;
  }
}

TEST(ClusterClient, EndsTheCallsThatWaitedWhenNoNodeCanBeReached) {
  RedisCluster cluster;
  const std::string url = cluster.url();
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).kill();
  net::EventLoop loop;
  const auto client = open(loop, url);
  const auto first = ask(loop, *client, {"SET", "k", "v"});
  expect_failure(first, ErrorCode::unavailable, Retry::yes);
  EXPECT_NE(first.error().message.find("refused"), std::string::npos) << first.error().message;
  Calls calls;
  call(*client, {"SET", "k", "v"}, calls.next());
  run_a_turn(loop);
  EXPECT_TRUE(calls.all_ended()) << "the call waited";
  expect_failure(calls.result(0), ErrorCode::unavailable, Retry::yes);
}

TEST(ClusterClient, LetsNoCallWaitLongerThanItsTimeoutForTheFirstMap) {
  RedisCluster cluster;
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).pause();
  net::EventLoop loop;
  ClientOptions options;
  options.call_timeout = Millis(50);
  options.max_waiting_calls = 10;
  auto client = open(loop, cluster.url(), options);
  Calls calls;
  for (int i = 0; i < 12; ++i) call(*client, {"SET", "k", "v"}, calls.next());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < 10; ++i) expect_failure(calls.result(i), ErrorCode::timeout, Retry::yes);
  for (std::size_t i = 10; i < 12; ++i) expect_failure(calls.result(i), ErrorCode::unavailable, Retry::yes);
  Calls last;
  call(*client, {"SET", "k", "v"}, last.next());
  client.reset();
  last.expect_each_ended_once();
  expect_failure(last.result(0), ErrorCode::canceled, Retry::no);
}

TEST(ClusterClient, KeepsOneConnectionForEachMaster) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string clients = cluster.node(i).command({"CLIENT", "LIST"}).text;
    const std::size_t first = clients.find("name=token-limiter");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(clients.find("name=token-limiter", first + 1), std::string::npos) << clients;
  }
}

TEST(ClusterClient, FollowsASlotThatMoved) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  const std::uint16_t slot = 7;
  const std::string key = key_in(slot);
  ASSERT_EQ(answer(loop, *client, {"SET", key, "before"}).text, "OK");
  ASSERT_EQ(answer(loop, *client, {"DEL", key}).integer, 1);
  cluster.move_slot(slot, 2);
  const auto stored = ask(loop, *client, {"SET", key, "after"});
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->text, "OK");
  EXPECT_EQ(cluster.node(2).command({"GET", key}).text, "after");
  const auto moved_answers = [&] {
    const std::string errors = cluster.node(0).command({"INFO", "errorstats"}).text;
    return errors.substr(0, errors.find("MOVED") + 20);
  };
  const std::string before = moved_answers();
  EXPECT_EQ(answer(loop, *client, {"GET", key}).text, "after");
  EXPECT_EQ(moved_answers(), before) << "it learned where the slot is";
  EXPECT_TRUE(client->connected());
}

TEST(ClusterClient, AsksTheImportingNodeWhileASlotMoves) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  const std::uint16_t slot = 7;
  const std::string key = key_in(slot);
  const std::string number = std::to_string(slot);
  ASSERT_EQ(answer(loop, *client, {"SET", key, "here"}).text, "OK");
  ASSERT_EQ(cluster.node(1).command({"CLUSTER", "SETSLOT", number, "IMPORTING", cluster.id_of(0)}).text, "OK");
  ASSERT_EQ(cluster.node(0).command({"CLUSTER", "SETSLOT", number, "MIGRATING", cluster.id_of(1)}).text, "OK");
  EXPECT_EQ(answer(loop, *client, {"GET", key}).text, "here") << "what is still here is read here";
  const auto stored = ask(loop, *client, {"SET", key + "new", "there"});
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->text, "OK");
  EXPECT_EQ(answer(loop, *client, {"GET", key + "new"}).text, "there");
  EXPECT_EQ(cluster.node(0).command({"CLUSTER", "COUNTKEYSINSLOT", number}).integer, 1);
  EXPECT_EQ(cluster.node(1).command({"CLUSTER", "COUNTKEYSINSLOT", number}).integer, 1);

  // Keys here and there: TRYAGAIN, until the move is over.
  const auto split = ask(loop, *client, {"MGET", key, key + "new"});
  expect_failure(split, ErrorCode::unavailable, Retry::yes);
  EXPECT_NE(split.error().message.find("TRYAGAIN"), std::string::npos) << split.error().message;
}

TEST(ClusterClient, GivesTryAgainTimeToEnd) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  const std::string key = key_in(7);
  ask(loop, *client, {"SET", key, "1"});
  cluster.node(1).command({"CLUSTER", "SETSLOT", "7", "IMPORTING", cluster.id_of(0)});
  cluster.node(0).command({"CLUSTER", "SETSLOT", "7", "MIGRATING", cluster.id_of(1)});
  ask(loop, *client, {"SET", key + "new", "2"});
  Calls calls;
  call(*client, {"MGET", key, key + "new"}, calls.next());
  net::Timer timer;
  loop.arm(timer, loop.now() + Millis(30), [&] {
    const std::string port = std::to_string(cluster.node(1).port());
    cluster.node(0).command({"MIGRATE", "127.0.0.1", port, key, "0", "1000"});
  });
  run_until(loop, [&] { return calls.all_ended(); });
  ASSERT_TRUE(calls.result(0)) << calls.result(0).error().message;
  EXPECT_EQ(flat_text(*calls.result(0)), "\n1\n2");
}

TEST(ClusterClient, WorksAgainByItselfAfterAFailOver) {
  RedisCluster cluster(true);
  net::EventLoop loop;
  ClientOptions options;
  const auto client = open_and_connect(loop, cluster.url(), options);
  const std::string key = key_in(7);
  ASSERT_EQ(answer(loop, *client, {"SET", key, "1"}).text, "OK");
  ASSERT_EQ(cluster.node(0).command({"WAIT", "1", "5000"}).integer, 1);
  std::vector<bool> states;
  client->on_state([&](bool connected) { states.push_back(connected); });
  Calls load;  // all the time, on all masters
  net::Timer timer;
  std::function<void()> more = [&] {
    for (int i = 0; i < 20; ++i) call(*client, {"INCR", "key" + std::to_string(i)}, load.next());
    loop.arm(timer, loop.now() + Millis(5), more);
  };
  more();

  cluster.node(0).kill();
  run_until(loop, [&] { return !client->connected(); });
  const auto refused = ask(loop, *client, {"GET", key});
  expect_failure(refused, ErrorCode::unavailable, Retry::yes);
  EXPECT_TRUE(ask(loop, *client, {"SET", key_in(16000), "x"})) << "the other masters serve on";

  run_until(loop, [&] { return client->connected(); });
  const auto read = ask(loop, *client, {"GET", key});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->text, "1");
  EXPECT_EQ(states, (std::vector<bool>{false, true}));
  EXPECT_EQ(cluster.master_of(7).port(), cluster.node(3).port());
  loop.disarm(timer);
  run_until(loop, [&] { return load.all_ended(); });
  load.expect_each_ended_once();
}

TEST(ClusterClient, EndsCallsInFlightToADeadMasterOnce) {
  RedisCluster cluster;
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  cluster.node(0).pause();
  Calls calls;
  for (int i = 0; i < 3000; ++i) call(*client, {"INCR", "key" + std::to_string(i)}, calls.next());
  run_until(loop, [&] { return calls.ended() > 1500; });
  cluster.node(0).kill();
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool of_the_dead = slot_of("key" + std::to_string(i)) < 16384 / 3;
    ASSERT_EQ(!calls.result(i), of_the_dead) << i;
    if (!of_the_dead) continue;
    ASSERT_NO_FATAL_FAILURE(expect_failure(calls.result(i), ErrorCode::unavailable, Retry::no));
    ++failed;
  }
  EXPECT_GT(failed, 800u);
}

TEST(ClusterClient, ComesBackWithAClusterThatWasDownAltogether) {
  RedisCluster cluster(false, {.append_only = true});
  net::EventLoop loop;
  const auto client = open_and_connect(loop, cluster.url());
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).kill();
  run_until(loop, [&] { return !client->connected(); });
  EXPECT_NE(client->problem(), "");
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).restart();
  run_until(loop, [&] { return client->connected(); });
  Calls calls;
  run_until(loop, [&] {
    // CLUSTERDOWN until the nodes have found each other.
    if (calls.all_ended() && (calls.size() == 0 || !calls.result(calls.size() - 1)))
      call(*client, {"SET", "k", "v"}, calls.next());
    return calls.all_ended() && calls.result(calls.size() - 1).has_value();
  });
  EXPECT_EQ(calls.result(calls.size() - 1)->text, "OK");
}

TEST(ClusterClient, GoesBackToItsSeedsWhenAllItKnowsIsGone) {
  // Two clusters of one node each: whichever is found first knows nothing of the other.
  RedisServer nodes[] = {RedisServer({.cluster = true}), RedisServer({.cluster = true})};
  for (RedisServer& node : nodes) node.command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  for (RedisServer& node : nodes) node.await({"CLUSTER", "INFO"}, "cluster_state:ok");
  net::EventLoop loop;
  const auto client = open_and_connect(loop, url_of(nodes[0]) + ",127.0.0.1:" + std::to_string(nodes[1].port()));
  ASSERT_EQ(answer(loop, *client, {"SET", "k", "v"}).text, "OK");
  RedisServer& used = nodes[0].command({"DBSIZE"}).integer == 1 ? nodes[0] : nodes[1];
  used.kill();
  run_until(loop, [&] { return !client->connected(); });
  run_until(loop, [&] { return client->connected(); });
  EXPECT_EQ(answer(loop, *client, {"SET", "k", "v"}).text, "OK");
}

TEST(ClusterClient, SpeaksTlsToEveryNodeAndLogsInEverywhere) {
  RedisCluster cluster(false, {.tls = true});
  for (std::size_t i = 0; i < 3; ++i)
    cluster.node(i).command({"ACL", "SETUSER", "limiter", "on", ">geheim", "~*", "+@all"});
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).command({"CONFIG", "SET", "port", "0"});
  net::EventLoop loop;
  ClientOptions options = patient();
  options.ca_file = cluster.node(0).certificates().ca;
  std::string url = cluster.tls_url();
  url.insert(url.find("//") + 2, "limiter:geheim@");
  const auto client = open_and_connect(loop, url, options);
  Calls calls;
  for (int i = 0; i < 100; ++i) call(*client, {"SET", "key" + std::to_string(i), "v"}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  for (std::size_t i = 0; i < calls.size(); ++i) ASSERT_TRUE(calls.result(i)) << calls.result(i).error().message;

  options.ca_file = cluster.node(0).certificates().other_ca;
  const auto deceived = open(loop, url, options);
  run_until(loop, [&] { return deceived->problem().find("certificate is not accepted") != std::string::npos; });
}

TEST(ClusterClient, SaysWhatIsWrongWithASingleServer) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open(loop, url_of(server));
  expect_failure(ask(loop, *client, {"SET", "k", "v"}), ErrorCode::unavailable, Retry::yes);
  EXPECT_EQ(server.command({"DBSIZE"}).integer, 0) << "a call was sent before the server was known";
  run_until(loop, [&] { return client->problem().find("redis://") != std::string::npos; });
  EXPECT_FALSE(client->connected());
  expect_failure(ask(loop, *client, {"SET", "k", "v"}), ErrorCode::unavailable, Retry::yes);
}

TEST(ClusterClient, EndsAllCallsWhenItIsDestroyed) {
  RedisCluster cluster;
  net::EventLoop loop;
  auto client = open_and_connect(loop, cluster.url());
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).pause();
  Calls calls;
  for (int i = 0; i < 100; ++i) call(*client, {"INCR", "key" + std::to_string(i)}, calls.next());
  client.reset();
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < calls.size(); ++i) expect_failure(calls.result(i), ErrorCode::canceled, Retry::no);
}

}  // namespace
}  // namespace ktl::storage::redis

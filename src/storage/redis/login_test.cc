// Who we are to the server, and who the server must be to us: passwords, ACL users, TLS.
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/single_client.h"

namespace ktl::storage::redis {
namespace {

std::string with_user(const RedisServer& server, const std::string& user) {
  return "redis://" + user + "@127.0.0.1:" + std::to_string(server.port());
}

// Opens `url` and waits until it is refused; gives the reason.
std::string refusal(net::EventLoop& loop, const std::string& url, const ClientOptions& options = patient()) {
  const auto client = open(loop, url, options);
  run_until(loop, [&] { return client->connected() || client->problem() != "not connected yet"; });
  EXPECT_FALSE(client->connected());
  Calls calls;
  call(*client, {"SET", "k", "v"}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  if (calls.result(0))
    ADD_FAILURE() << "a call was answered";
  else
    EXPECT_EQ(calls.result(0).error().message.find("geheim"), std::string::npos) << calls.result(0).error().message;
  const std::string problem = client->problem();
  EXPECT_EQ(problem.find("geheim"), std::string::npos) << problem;
  return problem;
}

TEST(Login, WithThePassword) {
  RedisServer server({.more = {"--requirepass", "geheim"}});
  net::EventLoop loop;
  const auto client = open_and_connect(loop, with_user(server, ":geheim"));
  EXPECT_TRUE(ask(loop, *client, {"SET", "k", "v"}));
  EXPECT_NE(refusal(loop, with_user(server, ":geheim2")).find("WRONGPASS"), std::string::npos);
  EXPECT_NE(refusal(loop, server.url()).find("NOAUTH"), std::string::npos);
}

TEST(Login, AsAnAclUserWithFewRights) {
  RedisServer server;
  const auto made = server.command({"ACL", "SETUSER", "limiter", "on", ">geheim", "~q:*", "+get", "+set", "+ping"});
  ASSERT_EQ(made.text, "OK");
  net::EventLoop loop;
  const auto client = open_and_connect(loop, with_user(server, "limiter:geheim"));
  EXPECT_EQ(answer(loop, *client, {"SET", "q:1", "v"}).text, "OK");
  EXPECT_TRUE(answer(loop, *client, {"SET", "other", "v"}).is_error("NOPERM"));
  EXPECT_NE(refusal(loop, with_user(server, "nobody:geheim")).find("WRONGPASS"), std::string::npos);
}

TEST(Login, NeedsNoRightToPing) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "limiter", "on", ">geheim", "~*", "+get"});
  net::EventLoop loop;
  open_and_connect(loop, with_user(server, "limiter:geheim"));
}

TEST(Login, IsTriedAgainUntilTheServerKnowsThePassword) {
  RedisServer server;
  net::EventLoop loop;
  const auto client = open(loop, with_user(server, "limiter:geheim"));
  run_until(loop, [&] { return client->problem().find("WRONGPASS") != std::string::npos; });
  server.command({"ACL", "SETUSER", "limiter", "on", ">geheim", "~*", "+@all"});
  run_until(loop, [&] { return client->connected(); });
}

TEST(Login, RefusesADatabaseThatIsNotThere) {
  RedisServer server;
  net::EventLoop loop;
  EXPECT_NE(refusal(loop, server.url() + "/99").find("database 99"), std::string::npos);
}

TEST(Login, RefusesAReplicaAndANodeOfACluster) {
  RedisServer master;
  RedisServer replica({.more = {"--replicaof", "127.0.0.1 " + std::to_string(master.port())}});
  RedisServer node({.cluster = true});
  net::EventLoop loop;
  EXPECT_NE(refusal(loop, replica.url()).find("replica"), std::string::npos);
  EXPECT_NE(refusal(loop, node.url()).find("redis+cluster://"), std::string::npos);
}

ClientOptions trusting(const std::string& ca_file) {
  ClientOptions options = patient();
  options.ca_file = ca_file;
  return options;
}

TEST(Tls, CarriesCallsToAServerThatItsAuthorityVouchesFor) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.tls_url(), trusting(server.certificates().ca));
  std::string big(5 * 1024 * 1024, 'x');
  Calls calls;
  for (int i = 0; i < 2000; ++i) call(*client, {"INCR", "n"}, calls.next());
  call(*client, {"SET", "big", big}, calls.next());
  call(*client, {"GET", "big"}, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  EXPECT_EQ(calls.result(1999)->integer, 2000);
  EXPECT_TRUE(calls.result(2001)->text == big);
}

TEST(Tls, ChecksTheAddressWhereThereIsNoName) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  const std::string url = "rediss://127.0.0.1:" + std::to_string(server.tls_port());
  const auto client = open_and_connect(loop, url, trusting(server.certificates().ca));
  EXPECT_TRUE(ask(loop, *client, {"PING"}));
}

TEST(Tls, RefusesAServerOfAnotherAuthority) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  const std::string reason = refusal(loop, server.tls_url(), trusting(server.certificates().other_ca));
  EXPECT_NE(reason.find("certificate is not accepted"), std::string::npos) << reason;
  const std::string by_system = refusal(loop, server.tls_url());
  EXPECT_NE(by_system.find("certificate is not accepted"), std::string::npos) << by_system;
}

TEST(Tls, RefusesACertificateForAnotherName) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  // 127.0.0.2 is the same machine, but not in the certificate; so the server must listen there, too.
  const std::string url = "rediss://127.0.0.2:" + std::to_string(server.tls_port());
  server.command({"CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"});
  const std::string reason = refusal(loop, url, trusting(server.certificates().ca));
  EXPECT_NE(reason.find("mismatch"), std::string::npos) << reason;
}

TEST(Tls, BelievesAnyServerOnlyIfToldTo) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  ClientOptions options = patient();
  options.insecure = true;
  const auto client = open_and_connect(loop, server.tls_url(), options);
  EXPECT_TRUE(ask(loop, *client, {"PING"}));
}

TEST(Tls, ShowsItsOwnCertificateWhereTheServerAsksForOne) {
  RedisServer server({.tls = true, .more = {"--tls-auth-clients", "yes"}});
  net::EventLoop loop;
  ClientOptions options = trusting(server.certificates().ca);
  EXPECT_NE(refusal(loop, server.tls_url(), options), "");
  options.certificate_file = server.certificates().certificate;
  options.key_file = server.certificates().key;
  open_and_connect(loop, server.tls_url(), options);
}

TEST(Tls, DoesNotSpeakToAPlainServerNorPlainToATlsServer) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  ClientOptions options = trusting(server.certificates().ca);
  options.connect_timeout = Millis(500);
  refusal(loop, "rediss://localhost:" + std::to_string(server.port()), options);
  refusal(loop, "redis://:geheim@localhost:" + std::to_string(server.tls_port()), options);
}

TEST(Tls, NamesTheFileThatCannotBeUsed) {
  net::EventLoop loop;
  const auto client =
      open_client(loop, parse_url("rediss://u:geheim@localhost").value(), trusting("/no/such/file"), Rng(1));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::invalid);
  EXPECT_NE(client.error().message.find("/no/such/file"), std::string::npos);
}

TEST(Tls, ComesBackAfterTheServerWasKilled) {
  RedisServer server({.tls = true});
  net::EventLoop loop;
  const auto client = open_and_connect(loop, server.tls_url(), trusting(server.certificates().ca));
  server.pause();
  Calls calls;
  for (int i = 0; i < 100; ++i) call(*client, {"INCR", "n"}, calls.next());
  run_a_turn(loop);
  server.kill();
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  expect_failure(calls.result(0), ErrorCode::unavailable, Retry::no);
  server.restart();
  run_until(loop, [&] { return client->connected(); });
  EXPECT_EQ(answer(loop, *client, {"INCR", "n"}).integer, 1);
}

}  // namespace
}  // namespace ktl::storage::redis

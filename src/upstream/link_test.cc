// Calls to an engine over real loopback sockets: the one retry, health as it is found, probes.
#include "upstream/link.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/http_server.h"
#include "upstream/engine_version.h"
#include "upstream/health_probe.h"

namespace ktl::upstream {
namespace {

using net::HttpExchange;
using net::Task;

constexpr Millis kLong{5000};

class LinkTest : public testing::Test {
 protected:
  using Script = std::function<Task<void>(HttpExchange&)>;

  LinkTest() {
    script = [](HttpExchange& x) -> Task<void> { co_await x.reply(200, "", "ok"); };
    start_engine();
    Options options;
    options.port = port;
    options.api_key = "normal";
    options.admin_api_key = "admin";
    upstream = std::move(*Upstream::create(options));
    link = std::make_unique<Link>(loop, *upstream);
  }

  void start_engine() {
    engine = std::make_unique<net::HttpServer>(loop, server_options, [this](HttpExchange& x) { return serve(x); });
    port = *engine->listen("127.0.0.1", port);
  }
  Task<void> serve(HttpExchange& x) {
    auto body = co_await x.read_body(1 << 20);
    if (!body) co_return;
    seen.push_back(std::string(x.head().method) + " " + std::string(x.head().path) + " " +
                   std::string(x.head().headers.get("authorization")) + " " + std::string(*body));
    co_await script(x);
  }

  void run(Task<void> test) {
    loop.spawn(finish_with(std::move(test)));
    loop.run();
    EXPECT_EQ(loop.spawned(), 0u);
  }
  Task<void> finish_with(Task<void> test) {
    co_await test;
    engine->drain();
    link->pool().clear();
    while (loop.spawned() > 1) co_await loop.sleep(Millis(1));
    loop.stop();
  }

  // A whole POST; its answer's body, or the error.
  Task<Result<std::string>> post(std::string body) {
    const std::string_view part = body;
    net::ClientConnection* in_progress = nullptr;
    auto call = co_await link->post("/v1/completions", {&part, 1}, body.size(), answer_timeout, &in_progress);
    EXPECT_EQ(in_progress, nullptr);
    if (!call) co_return tl::unexpected(call.error());
    net::ClientConnection& connection = *call->connection;
    while (!connection.all_received()) {
      auto more = co_await connection.receive(kLong);
      if (!more) co_return tl::unexpected(more.error());
    }
    std::string answer(connection.body());
    connection.consume(connection.body().size());
    link->pool().give_back(std::move(call->connection));
    co_return answer;
  }

  net::EventLoop loop;
  net::ServerOptions server_options;
  std::unique_ptr<net::HttpServer> engine;
  std::uint16_t port = 0;
  Script script;
  std::vector<std::string> seen;
  Millis answer_timeout = kLong;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<Link> link;
};

#define LINK_TEST(name)    \
  struct name : LinkTest { \
    Task<void> body();     \
  };                       \
  TEST_F(name, Holds) {    \
    run(body());           \
  }                        \
  Task<void> name::body()

LINK_TEST(APostCarriesBodyAndKeyAndItsConnectionIsUsedAgain) {
  const auto first = co_await post("{\"a\":1}");
  EXPECT_EQ(first.value_or("failed"), "ok");
  EXPECT_EQ(link->pool().idle(), 1u);
  const auto second = co_await post("");
  EXPECT_EQ(second.value_or("failed"), "ok");
  EXPECT_EQ(engine->open_connections(), 1u);
  EXPECT_EQ(seen, (std::vector<std::string>{"POST /v1/completions Bearer normal {\"a\":1}",
                                            "POST /v1/completions Bearer normal "}));
  EXPECT_EQ(upstream->health(), Health::up);
}

// The engine takes the request of a pooled connection and closes without a word, as one does that had closed it
// already.
LINK_TEST(APooledConnectionThatDiesUnansweredIsReplacedOnce) {
  const auto first = co_await post("1");
  int dropped = 0;
  script = [&dropped](HttpExchange& x) -> Task<void> {
    if (dropped++ == 0) {
      x.start_stream(200, "");  // its head is sent with its first bytes, and there are none
      co_return;
    }
    co_await x.reply(200, "", "again");
  };
  const auto second = co_await post("2");
  EXPECT_EQ(second.value_or("failed"), "again");
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(upstream->health(), Health::up);
}

LINK_TEST(AFreshConnectionThatDiesUnansweredIsNotTriedAgain) {
  script = [](HttpExchange& x) -> Task<void> {
    x.start_stream(200, "");
    co_return;
  };
  const auto got = co_await post("1");
  EXPECT_TRUE(!got && got.error().code == ErrorCode::closed && got.error().retry == Retry::no);
  EXPECT_EQ(seen.size(), 1u);
  EXPECT_EQ(upstream->health(), Health::down);
}

LINK_TEST(TheRetryIsNotRepeated) {
  const auto first = co_await post("1");
  script = [](HttpExchange& x) -> Task<void> {
    x.start_stream(200, "");
    co_return;
  };
  const auto got = co_await post("2");
  EXPECT_TRUE(!got && got.error().retry == Retry::no);
  EXPECT_EQ(seen.size(), 3u);
}

LINK_TEST(AnEngineThatDoesNotListenIsDownAndAnotherMayBeAsked) {
  engine->drain();
  const auto got = co_await post("1");
  EXPECT_TRUE(!got && got.error().retry == Retry::yes);
  EXPECT_EQ(upstream->health(), Health::down);
}

LINK_TEST(AnEngineThatSaysNothingTimesOutWithoutARetry) {
  const auto first = co_await post("1");
  answer_timeout = Millis(10);
  script = [](HttpExchange& x) -> Task<void> {
    while (!x.client_gone()) co_await x.loop().sleep(Millis(1));
  };
  const auto got = co_await post("2");
  EXPECT_TRUE(!got && got.error().code == ErrorCode::timeout && got.error().retry == Retry::no);
  EXPECT_EQ(seen.size(), 2u);
}

LINK_TEST(ACanceledPostSaysNothingAboutTheHealthOfTheEngine) {
  net::ClientConnection* in_progress = nullptr;
  script = [&in_progress](HttpExchange& x) -> Task<void> {
    in_progress->cancel();
    while (!x.client_gone()) co_await x.loop().sleep(Millis(1));
  };
  const std::string_view body = "{}";
  auto call = co_await link->post("/v1/completions", {&body, 1}, body.size(), kLong, &in_progress);
  EXPECT_TRUE(!call && call.error().code == ErrorCode::canceled && call.error().retry == Retry::no);
  EXPECT_EQ(upstream->health(), Health::unknown);
}

LINK_TEST(FetchBoundsItsAnswerAndAbortUsesTheAdminKey) {
  const auto answer = co_await link->fetch("GET", "/v1/models", {}, Link::Key::normal, kLong);
  EXPECT_TRUE(answer && answer->status == 200 && answer->body == "ok");
  script = [](HttpExchange& x) -> Task<void> { co_await x.reply(200, "", std::string(20'000, 'x')); };
  const auto large = co_await link->fetch("GET", "/v1/models", {}, Link::Key::normal, kLong, 1000);
  EXPECT_TRUE(!large && large.error().code == ErrorCode::too_large);
  script = [](HttpExchange& x) -> Task<void> { co_await x.reply(200, "", ""); };
  const bool aborted = co_await link->abort("chatcmpl-1");
  EXPECT_TRUE(aborted);
  EXPECT_EQ(seen.back(), "POST /abort_request Bearer admin {\"rid\":\"chatcmpl-1\"}");
}

LINK_TEST(AProbeReportsEveryChangeOfHealthOnce) {
  std::vector<Health> reported;
  HealthProbe probe(*link, {.interval = Millis(1), .timeout = Millis(1000)});
  probe.on_change([&reported](const Upstream& changed) { reported.push_back(changed.health()); });
  probe.start();
  while (reported.size() < 1) co_await loop.sleep(Millis(1));
  script = [](HttpExchange& x) -> Task<void> { co_await x.reply(503, "", ""); };
  while (reported.size() < 2) co_await loop.sleep(Millis(1));
  engine->drain();  // unreachable is no news after 503
  const std::size_t asked = seen.size();
  co_await loop.sleep(Millis(5));
  EXPECT_EQ(seen.size(), asked);
  script = [](HttpExchange& x) -> Task<void> { co_await x.reply(401, "", ""); };  // it answers: it lives
  start_engine();
  while (reported.size() < 3) co_await loop.sleep(Millis(1));
  EXPECT_EQ(reported, (std::vector<Health>{Health::up, Health::down, Health::up}));
}

LINK_TEST(AProbeLearnsTheVersionOfAnEngineThatCame) {
  script = [](HttpExchange& x) -> Task<void> {
    if (x.head().path == "/server_info")
      co_await x.reply(404, "", "");
    else
      co_await x.reply(200, "",
                       x.head().path == "/get_server_info" ? R"({"a":{"version":"x"},"version":"0.4.9.post1"})" : "{}");
  };
  HealthProbe probe(*link, {.interval = Millis(1), .timeout = Millis(1000)});
  bool up = false;
  probe.on_change([&up](const Upstream& changed) { up = changed.health() == Health::up; });
  probe.start();
  while (!up) co_await loop.sleep(Millis(1));
  EXPECT_EQ(upstream->version(), "0.4.9.post1");
}

TEST(EngineVersionTest, IsReadFromTheTopLevelAndOnlyIfItCouldBeOne) {
  EXPECT_EQ(read_version(R"({"version":"0.5.9","model":"q"})"), "0.5.9");
  for (const char* none : {"", "[]", "{", R"({"version":1})", R"({"inner":{"version":"1"}})",
                           R"({"version":"1\u0030"})", R"({"version":"1 2"})"})
    EXPECT_EQ(read_version(none), "") << none;
  EXPECT_EQ(read_version(R"({"version":")" + std::string(100, '1') + "\"}"), "");
}

LINK_TEST(AProbeThatEndsWhileItAsksLeavesNothingBehind) {
  bool asked = false;
  script = [&asked](HttpExchange& x) -> Task<void> {
    asked = true;
    while (!x.client_gone()) co_await x.loop().sleep(Millis(1));
  };
  int reports = 0;
  {
    HealthProbe probe(*link, {.interval = Millis(1), .timeout = Millis(20)});
    probe.on_change([&reports](const Upstream&) { ++reports; });
    probe.start();
    while (!asked) co_await loop.sleep(Millis(1));
  }
  while (loop.spawned() > 1 + engine->open_connections()) co_await loop.sleep(Millis(1));
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace ktl::upstream

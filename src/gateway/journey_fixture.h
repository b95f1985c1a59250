#pragma once
// For tests of the journey: a gateway, a scripted engine and a client on one loop, with real sockets between them. The
// store is in memory and can be told to fail; the clock is the machine's.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/lifecycle.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "storage/memory/memory_store.h"
#include "tokenizer/estimate.h"

namespace ktl::gateway {

inline constexpr Millis kLong{5000};

// A test whose body is a coroutine with the fixture's members at hand.
#define JOURNEY(name)                               \
  struct name : JourneyFixture {                    \
    net::Task<void> body();                         \
  };                                                \
  TEST_F(name, Holds) { run(body()); }              \
  net::Task<void> name::body()

// ASSERT_* return a value, which a coroutine cannot.
#define CO_ASSERT(condition)                        \
  if (!(condition)) {                               \
    ADD_FAILURE() << #condition;                    \
    co_return;                                      \
  }

// What a client got.
struct Got {
  int status = 0;
  std::string headers;  // "name: value\n", lower case as we send them
  std::string body;
  bool whole = false;
  std::string header(std::string_view name) const {
    const auto at = headers.find(std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 2;
    return headers.substr(begin, headers.find('\n', begin) - begin);
  }
};

class JourneyFixture : public testing::Test {
 public:
  using Script = std::function<net::Task<void>(net::HttpExchange&, const std::string& body)>;

  JourneyFixture() {
    limits[quota::LimitKind::rpm] = 100;
    limits[quota::LimitKind::tpm] = 100'000;
  }

  // Builds everything; call once, after options and limits are as the test wants them.
  void start(Script engine_script) {
    script = std::move(engine_script);
    net::ServerOptions plain;
    engine = std::make_unique<net::HttpServer>(loop, plain, [this](net::HttpExchange& x) { return run_script(x); });
    engine_port = *engine->listen("127.0.0.1", 0);

    upstream::Options upstream_options;
    upstream_options.name = "engine";
    upstream_options.port = engine_port;
    upstream_options.in_flight = in_flight;
    upstream_options.queue_timeout = queue_timeout;
    upstream = std::move(*upstream::Upstream::create(upstream_options));

    accounting = std::make_unique<Accounting>(Accounting::Options{.engine = {}, .bans = bans}, store, clock);
    key = *store.scope(ScopeKind::key, "k");
    user = *store.scope(ScopeKind::user, "사용자1");
    const ScopeId model_scope = *store.scope(ScopeKind::model, "korean-qwen");
    const ScopeId global = *store.scope(ScopeKind::global, "everybody");
    accounting->set_limits(user, ScopeKind::user, limits);

    auto picture = std::make_shared<Catalogue>();
    Model model;
    model.alias = "korean-qwen";
    model.metrics = &metrics->model(model.alias);
    model.served_name = "Qwen/Qwen2.5-3B-Instruct";
    model.scope = model_scope;
    model.context_length = 8192;
    model.default_max_tokens = 100;
    model.upstreams = {upstream.get()};
    model.counter = std::make_shared<tokenizer::EstimateCounter>();
    model.estimator = model.counter;
    picture->models.push_back(std::move(model));
    identity::Principal principal;
    principal.key = key;
    principal.user = user;
    principal.user_name = "사용자1";
    principal.key_name = "sk-test…";
    picture->directory = std::make_shared<identity::Directory>(
        std::vector<identity::Directory::KeyEntry>{{identity::digest_of("sk-test"), principal}});
    picture->global_scope = global;
    picture->scope_names.add(user, "사용자1");
    picture->scope_names.finish();
    catalogue.set(std::move(picture));

    services = std::make_unique<Services>(Services{options, clock, *accounting, catalogue, expected_output, *metrics, log,
                                                   nullptr, draining, offload});
    loop_services = std::make_unique<LoopServices>(*services, loop, Rng(1));
    gateway = std::make_unique<net::HttpServer>(loop, plain, [this](net::HttpExchange& x) {
      return serve(x, *loop_services, protocol::endpoint_of(x.head().path).value());
    });
    gateway_port = *gateway->listen("127.0.0.1", 0);
  }

  void TearDown() override {
    EXPECT_EQ(accounting->open_reservations(), 0);
    EXPECT_EQ(upstream->gate().running(), 0);
  }

  // Runs `test` and then until nothing is left on the loop.
  void run(net::Task<void> test) {
    loop.spawn(finish_with(std::move(test)));
    loop.run();
  }
  net::Task<void> finish_with(net::Task<void> test) {
    co_await test;
    gateway->drain();
    if (engine) engine->drain();
    while (loop.spawned() > 1) co_await loop.sleep(Millis(1));
    loop.stop();
  }

  net::Task<void> run_script(net::HttpExchange& x) {
    auto body = co_await x.read_body(1 << 24);
    if (!body) co_return;
    const std::string text(*body);
    requests.push_back(std::string(x.head().path) + " " + text);
    if (x.head().path == "/abort_request") {
      aborts.push_back(text);
      co_await x.reply(200, "", "");
      co_return;
    }
    co_await script(x, text);
  }

  net::Task<std::unique_ptr<net::ClientConnection>> connect() {
    auto connection = co_await net::ClientConnection::connect(loop, net::resolve("127.0.0.1", gateway_port)->front(), kLong);
    co_return std::move(*connection);
  }

  using Asking = net::Task<Got>;

  static std::string request_text(const std::string& body, const std::string& extra_headers,
                                  const std::string& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + extra_headers + "\r\n" + body;
  }

  // One request on a connection of its own, read to its end.
  net::Task<Got> ask(std::string body, std::string extra = "Authorization: Bearer sk-test\r\n",
                     std::string path = "/v1/chat/completions") {
    auto connection = co_await connect();
    const std::string text = request_text(body, extra, path);
    const std::string_view part = text;
    Got got;
    auto sent = co_await connection->send({&part, 1}, kLong);
    auto head = co_await connection->read_head(kLong);
    if (!sent || !head) co_return got;
    got.status = (*head)->status;
    for (const auto& header : (*head)->headers)
      got.headers.append(header.name).append(": ").append(header.value).append("\n");
    while (!connection->all_received()) {
      auto more = co_await connection->receive(kLong);
      if (!more) break;
    }
    got.whole = connection->all_received();
    got.body = connection->body();
    co_return got;
  }

  quota::WindowStanding tokens() { return accounting->standing(user)[quota::LimitKind::tpm]; }
  quota::WindowStanding requests_used() { return accounting->standing(user)[quota::LimitKind::rpm]; }

  net::EventLoop loop;
  SystemClock clock;
  telemetry::LineWriter writer{2};
  telemetry::Log log{writer, clock, telemetry::LogLevel::error, telemetry::LogFormat::logfmt};
  telemetry::Registry registry;
  std::unique_ptr<Metrics> metrics = std::make_unique<Metrics>(registry);
  storage::MemoryStore store;
  CatalogueHolder catalogue;
  ExpectedOutput expected_output;
  std::atomic<bool> draining{false};
  net::Offload offload{1};

  Options options;
  quota::Limits limits;
  quota::BanOptions bans;
  scheduler::InFlightOptions in_flight;
  Millis queue_timeout{2000};

  Script script;
  std::vector<std::string> requests;  // "path body" of all that the engine got
  std::vector<std::string> aborts;
  std::uint16_t engine_port = 0;
  std::uint16_t gateway_port = 0;
  ScopeId key{}, user{};
  std::unique_ptr<upstream::Upstream> upstream;
  std::unique_ptr<Accounting> accounting;
  std::unique_ptr<Services> services;
  std::unique_ptr<LoopServices> loop_services;
  std::unique_ptr<net::HttpServer> engine;
  std::unique_ptr<net::HttpServer> gateway;
};

}  // namespace ktl::gateway

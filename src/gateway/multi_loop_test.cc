// Three gateway loops with one set of books and one gate before a scripted engine, on threads of their own, as in the
// real program: places in flight pass from loop to loop, clients leave at any moment. For ThreadSanitizer above all;
// with any build the books must be those of the engine, and nobody may get another's answer.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "gateway/lifecycle.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "storage/memory/memory_store.h"
#include "tokenizer/estimate.h"

namespace ktl::gateway {
namespace {

using net::Task;

constexpr Millis kLong{20'000};
constexpr std::int64_t kPlaces = 4;
constexpr std::int64_t kQueue = 12;
constexpr int kClients = 20;
constexpr int kRequestsEach = 15;

// An event loop on a thread of its own.
class Runner {
 public:
  ~Runner() { join(); }
  void start() {
    thread_ = std::thread([this] { loop.run(); });
  }
  // Drains `server` (may be null), then stops the loop when no coroutine is left on it.
  void finish(net::HttpServer* server) {
    loop.post([this, server] {
      if (server != nullptr) server->drain();
      loop.spawn(stop_when_idle());
    });
    join();
  }
  net::EventLoop loop;

 private:
  Task<void> stop_when_idle() {
    while (loop.spawned() > 1) co_await loop.sleep(Millis(1));
    loop.stop();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::thread thread_;
};

// Answers after a moment, echoes the marker of the request, stops early when it is told to, and keeps its own books.
class Engine {
 public:
  explicit Engine(std::uint64_t seed) : rng_(seed) {
    server = std::make_unique<net::HttpServer>(runner.loop, net::ServerOptions{},
                                               [this](net::HttpExchange& x) { return answer(x); });
    port = *server->listen("127.0.0.1", 0);
  }
  Runner runner;
  std::unique_ptr<net::HttpServer> server;
  std::uint16_t port = 0;
  // Read when the loop has ended.
  std::int64_t tokens = 0;
  std::int64_t answers = 0;
  std::int64_t most_at_once = 0;

 private:
  static std::string member(const std::string& body, const std::string& name) {
    const auto at = body.find("\"" + name + "\":\"") + name.size() + 4;
    return body.substr(at, body.find('"', at) - at);
  }
  static std::string usage(int completion) {
    return R"("usage":{"prompt_tokens":30,"total_tokens":)" + std::to_string(30 + completion) +
           R"(,"completion_tokens":)" + std::to_string(completion) + "}";
  }

  Task<void> answer(net::HttpExchange& x) {
    auto read = co_await x.read_body(1 << 20);
    if (!read) co_return;
    const std::string body(*read);
    const std::string rid = member(body, "rid");
    if (x.head().path == "/abort_request") {
      aborted_.push_back(rid);
      co_await x.reply(200, "", "");
      co_return;
    }
    most_at_once = std::max(most_at_once, ++running_);
    const std::string marker = member(body, "content");
    const bool stream = body.find("\"stream\":true") != std::string::npos;
    const int wanted = 1 + static_cast<int>(rng_.below(6));
    if (stream) x.start_stream(200, "content-type: text/event-stream\r\n");
    int made = 0;
    while (made < wanted && std::find(aborted_.begin(), aborted_.end(), rid) == aborted_.end()) {
      ++made;
      if (rng_.below(3) == 0) co_await x.loop().sleep(Millis(1));
      const std::string event = R"(data: {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":")" + marker +
                                R"("},"finish_reason":null}],)" + usage(made) + "}\n\n";
      if (stream) co_await x.write(event);
    }
    tokens += 30 + made;
    ++answers;
    --running_;  // before the last byte: the gateway may send the next one as soon as it has that
    if (stream) {
      const std::string end = R"(data: {"id":"x","model":"m","choices":[],)" + usage(made) + "}\n\ndata: [DONE]\n\n";
      co_await x.write_last(end);
    } else {
      const std::string whole =
          R"({"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":")" + marker +
          R"("},"finish_reason":"stop"}],)" + usage(made) + "}";
      co_await x.reply(200, "content-type: application/json\r\n", whole);
    }
  }

  Rng rng_;
  std::int64_t running_ = 0;
  std::vector<std::string> aborted_;
};

struct Tally {
  int answered = 0, refused = 0, left = 0;
};

// All clients, on one loop.
class Crowd {
 public:
  Crowd(std::uint64_t seed, std::array<std::uint16_t, 3> ports) : rng_(seed), ports_(ports) {}
  void start() {
    for (int i = 0; i < kClients; ++i) runner.loop.spawn(client(i));
    runner.start();
  }
  Runner runner;
  Tally tally;  // read when the loop has ended

 private:
  Task<void> client(int number) {
    for (int i = 0; i < kRequestsEach; ++i) {
      const std::string marker = "<" + std::to_string(number) + "-" + std::to_string(i) + ">";
      co_await request(marker);
      if (rng_.below(4) == 0) co_await runner.loop.sleep(Millis(1));
    }
  }

  Task<void> request(const std::string& marker) {
    const std::uint16_t port = ports_[rng_.below(ports_.size())];
    const std::string stream = rng_.below(2) == 0 ? "true" : "false";
    const std::uint64_t mood = rng_.below(6);  // 0: leaves at once, 1: after a while, 2: after the first bytes
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":")" + marker +
                             R"("}],"max_tokens":50,"stream":)" + stream + "}";
    const std::string text =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-test\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    auto connection =
        co_await net::ClientConnection::connect(runner.loop, net::resolve("127.0.0.1", port)->front(), kLong);
    EXPECT_TRUE(connection.has_value());
    if (!connection) co_return;
    net::ClientConnection& c = **connection;
    const std::string_view part = text;
    auto sent = co_await c.send({&part, 1}, kLong);
    EXPECT_TRUE(sent.has_value());
    ++tally.left;  // taken back when the answer is read to its end
    if (mood == 0) co_return;
    if (mood == 1) {
      co_await runner.loop.sleep(Millis(1 + static_cast<int>(rng_.below(4))));
      co_return;
    }
    auto head = co_await c.read_head(kLong);
    EXPECT_TRUE(head.has_value());
    if (!head || mood == 2) co_return;
    const int status = (*head)->status;
    while (!c.all_received()) {
      auto more = co_await c.receive(kLong);
      EXPECT_TRUE(more.has_value());
      if (!more) co_return;
    }
    --tally.left;
    if (status == 503) {
      ++tally.refused;
      co_return;
    }
    ++tally.answered;
    EXPECT_EQ(status, 200) << c.body();
    const std::string_view got = c.body();
    EXPECT_NE(got.find(marker), std::string_view::npos) << got;
    for (auto at = got.find('<'); at != std::string_view::npos; at = got.find('<', at + 1))
      EXPECT_EQ(got.substr(at, marker.size()), marker) << "an answer holds somebody else's text";
  }

  Rng rng_;
  std::array<std::uint16_t, 3> ports_;
};

struct Gateway {
  Gateway(Services& services, std::uint64_t seed) : own(services, runner.loop, Rng(seed)) {
    server = std::make_unique<net::HttpServer>(runner.loop, net::ServerOptions{}, [this](net::HttpExchange& x) {
      return serve(x, own, protocol::Endpoint::chat_completions);
    });
    port = *server->listen("127.0.0.1", 0);
  }
  Runner runner;
  LoopServices own;
  std::unique_ptr<net::HttpServer> server;
  std::uint16_t port = 0;
};

class MultiLoop : public testing::TestWithParam<std::uint64_t> {};

TEST_P(MultiLoop, TheBooksAreTheEnginesAndEveryPlaceComesBack) {
  const std::uint64_t seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Engine engine(seed);
  upstream::Options engine_options;
  engine_options.name = "engine";
  engine_options.port = engine.port;
  engine_options.in_flight = {.limit = kPlaces, .queue_limit = kQueue};
  auto upstream = std::move(*upstream::Upstream::create(engine_options));

  SystemClock clock;
  storage::MemoryStore store;
  Accounting accounting({}, store, clock);
  const ScopeId user = *store.scope(ScopeKind::user, "사용자1");
  quota::Limits limits;
  limits[quota::LimitKind::tpm] = 100'000'000;
  limits[quota::LimitKind::rpm] = 1'000'000;
  accounting.set_limits(user, ScopeKind::user, limits);

  telemetry::Registry registry;
  Metrics metrics(registry);
  auto picture = std::make_shared<Catalogue>();
  Model model;
  model.alias = "m";
  model.metrics = &metrics.model(model.alias);
  model.served_name = "m";
  model.scope = *store.scope(ScopeKind::model, "m");
  model.upstreams = {upstream.get()};
  model.counter = std::make_shared<tokenizer::EstimateCounter>();
  model.estimator = model.counter;
  picture->models.push_back(std::move(model));
  identity::Principal principal;
  principal.key = *store.scope(ScopeKind::key, "k");
  principal.user = user;
  picture->directory = std::make_shared<identity::Directory>(
      std::vector<identity::Directory::KeyEntry>{{identity::digest_of("sk-test"), principal}});
  picture->global_scope = *store.scope(ScopeKind::global, "everybody");
  CatalogueHolder catalogue;
  catalogue.set(picture);

  ExpectedOutput expected_output;
  telemetry::LineWriter writer(2);
  telemetry::Log log(writer, clock, telemetry::LogLevel::error, telemetry::LogFormat::logfmt);
  std::atomic<bool> draining{false};
  Options options;
  options.abort_grace = kLong;  // the engine always has its last word
  net::Offload offload(1);
  Services services{options, clock, accounting, catalogue, expected_output, metrics, log, nullptr, draining, offload};

  std::array<std::unique_ptr<Gateway>, 3> gateways;
  for (std::size_t i = 0; i < gateways.size(); ++i) gateways[i] = std::make_unique<Gateway>(services, seed * 10 + i);
  Crowd crowd(seed, {gateways[0]->port, gateways[1]->port, gateways[2]->port});

  engine.runner.start();
  for (auto& gateway : gateways) gateway->runner.start();
  crowd.start();
  // While they run: what a reload, an admin page and an operator do from other threads.
  for (int i = 0; i < 200; ++i) {
    catalogue.set(std::make_shared<Catalogue>(*picture));
    accounting.set_limits(user, ScopeKind::user, limits);
    EXPECT_LE(upstream->gate().running(), kPlaces);
    EXPECT_LE(upstream->gate().waiting(), kQueue);
    EXPECT_GE(accounting.open_reservations(), 0);
    upstream->gate().set_limit(1 + i % kPlaces);
  }
  upstream->gate().set_limit(kPlaces);
  crowd.runner.finish(nullptr);
  for (auto& gateway : gateways) gateway->runner.finish(gateway->server.get());
  engine.runner.finish(engine.server.get());

  EXPECT_EQ(upstream->gate().running(), 0);
  EXPECT_EQ(upstream->gate().waiting(), 0);
  EXPECT_EQ(accounting.open_reservations(), 0);
  EXPECT_EQ(store.open_charges(), 0u);
  EXPECT_LE(engine.most_at_once, kPlaces);
  EXPECT_GE(engine.most_at_once, 2) << "one request at a time: the test has lost its point";
  std::int64_t booked = 0;
  for (const ledger::Entry& entry : store.entries())
    if (entry.kind == ledger::EntryKind::settle) booked += entry.usage.total();
  EXPECT_EQ(booked, engine.tokens);
  EXPECT_EQ(accounting.totals_of(user).prompt_tokens + accounting.totals_of(user).completion_tokens, engine.tokens);
  EXPECT_GT(crowd.tally.answered, 0);
  EXPECT_EQ(crowd.tally.answered + crowd.tally.refused + crowd.tally.left, kClients * kRequestsEach);
  RecordProperty("answered", crowd.tally.answered);
  RecordProperty("refused", crowd.tally.refused);
  std::printf("seed %llu: %d answered, %d refused, %d left, %lld at the engine\n",
              static_cast<unsigned long long>(seed), crowd.tally.answered, crowd.tally.refused, crowd.tally.left,
              static_cast<long long>(engine.answers));
}

INSTANTIATE_TEST_SUITE_P(Seeds, MultiLoop, testing::Values(1, 2, 3));

}  // namespace
}  // namespace ktl::gateway

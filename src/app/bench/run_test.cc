// The whole run against a scripted server on loopback.
#include "app/bench/run.h"

#include <gtest/gtest.h>

#include "app/bench/prompts.h"
#include "app/bench/report.h"
#include "net/http_server.h"

namespace ktl::app::bench {
namespace {

constexpr std::string_view kJson = "content-type: application/json\r\n";

// A little gateway: 30 + 3 tokens an answer, booked for /stats; what the test wants to go wrong goes wrong.
struct Script {
  std::int64_t chats = 0;
  std::int64_t booked = 1000;
  std::int64_t booked_twice = 0;          // so many answers are booked once too often
  std::int64_t refused = 0, crashed = 0;  // the first so many are answered with 429, 503
  std::int64_t broken_streams = 0;        // so many end without [DONE]
  bool hangs = false;                     // never answers
  bool has_stats = true;
  std::atomic<bool>* interrupt = nullptr;  // set when a request hangs
};

class RunTest : public testing::Test {
 protected:
  static net::Task<void> serve(net::HttpExchange& x, Script& script) {
    if (x.head().path == "/stats/%ED%85%8C%EC%8A%A4%ED%8A%B8" && script.has_stats) {
      co_await x.reply(200, kJson, "{\"total_tokens\":" + std::to_string(script.booked) + "}");
      co_return;
    }
    if (x.head().path != "/v1/chat/completions") {
      co_await x.reply(404, kJson, "{}");
      co_return;
    }
    const auto body = co_await x.read_body(1 << 20);
    if (!body) co_return;
    const bool stream = body->find("\"stream\":true") != std::string_view::npos;
    ++script.chats;
    if (script.refused > 0) {
      --script.refused;
      co_await x.reply(429, "retry-after-ms: 7\r\nretry-after: 1\r\n", "{}");
      co_return;
    }
    if (script.crashed > 0) {
      --script.crashed;
      co_await x.reply(503, "retry-after-ms: 0\r\n",
                       R"({"error":{"message":"queue full","type":"server_error","code":503}})");
      co_return;
    }
    if (script.hangs) {
      *script.interrupt = true;
      while (!x.client_gone()) co_await x.loop().sleep(Millis(1));
      co_return;
    }
    script.booked += script.booked_twice-- > 0 ? 66 : 33;
    const std::string usage = R"("usage":{"prompt_tokens":30,"completion_tokens":3,"total_tokens":33})";
    if (!stream) {
      co_await x.reply(200, kJson, R"({"choices":[{"index":0,"message":{"content":"네"}}],)" + usage + "}");
      co_return;
    }
    x.start_stream(200, "content-type: text/event-stream; charset=utf-8\r\n");
    for (int i = 0; i < 3; ++i) {
      const bool there = co_await x.write("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"네\"}}]}\n\n");
      if (!there) co_return;
    }
    const std::string last =
        "data: {\"choices\":[]," + usage + "}\n\n" + (script.broken_streams-- > 0 ? "" : "data: [DONE]\n\n");
    co_await x.write_last(last);
  }

  RunTest() {
    options_.amount = {std::nullopt, 20};
    options_.load.users = 4;
    options_.settle_limit = Millis(50);
    options_.user = "테스트";
    server_options_.error_answer = [](int, std::string_view reason) {
      return net::ServerOptions::ErrorAnswer{"", std::string(reason)};
    };
  }

  // A server for the script, and the side that asks it.
  void add(Script& script, bool stream = true) {
    servers_.push_back(std::make_unique<net::HttpServer>(loop_, server_options_,
                                                         [&script](net::HttpExchange& x) { return serve(x, script); }));
    const auto port = servers_.back()->listen("127.0.0.1", 0);
    EXPECT_TRUE(port);
    Side side;
    side.target = *parse_target("http://127.0.0.1:" + std::to_string(*port));
    side.requests = chat_requests(side.target, {"korean-qwen", "sk-1", 16, stream}, builtin_prompts());
    side.pool =
        std::make_unique<net::ClientPool>(loop_, net::resolve("127.0.0.1", *port)->front(), net::ClientPool::Options());
    sides_.push_back(std::move(side));
  }

  void run() {
    run_load(loop_, clock_, options_, sides_, interrupted_, [](const ProgressState&) {});
    for (Side& side : sides_) side.pool->clear();
    for (const auto& server : servers_) server->drain();
    loop_.spawn(until_all_closed());
    loop_.run();
    EXPECT_EQ(loop_.spawned(), 0u);
  }
  net::Task<void> until_all_closed() {
    for (const auto& server : servers_)
      while (server->open_connections() > 0) co_await loop_.sleep(Millis(1));
    loop_.stop();
  }

  SystemClock clock_;
  net::EventLoop loop_;
  net::ServerOptions server_options_;
  std::vector<std::unique_ptr<net::HttpServer>> servers_;
  RunOptions options_;
  std::vector<Side> sides_;
  std::atomic<bool> interrupted_{false};
};

TEST_F(RunTest, StreamsAreMeasuredAndTheBooksMatch) {
  Script script;
  add(script);
  run();
  const Tally& t = sides_[0].tally;
  EXPECT_EQ(script.chats, 20);
  EXPECT_EQ(t.completed, 20);
  EXPECT_EQ(t.errors() + t.cut_off + t.without_usage, 0);
  EXPECT_EQ(t.usage.prompt, 600);
  EXPECT_EQ(t.usage.completion, 60);
  EXPECT_EQ(t.first_token.count(), 20u);
  EXPECT_EQ(t.inter_token.count(), 40u);
  EXPECT_EQ(t.end_to_end.count(), 20u);
  EXPECT_GT(t.active.count(), 0);
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::match);
}

TEST_F(RunTest, WholeAnswersHaveNoTtft) {
  Script script;
  add(script, false);
  run();
  const Tally& t = sides_[0].tally;
  EXPECT_EQ(t.completed, 20);
  EXPECT_EQ(t.usage.total(), 660);
  EXPECT_EQ(t.first_token.count(), 0u);
  EXPECT_EQ(t.end_to_end.count(), 20u);
}

TEST_F(RunTest, RefusalsAreObeyedAndNoErrors) {
  Script script;
  script.refused = 3;
  add(script);
  run();
  const Tally& t = sides_[0].tally;
  EXPECT_EQ(t.rate_limited, 3);
  EXPECT_EQ(t.completed, 17);
  EXPECT_EQ(t.errors(), 0);
  ASSERT_EQ(t.asked_wait.count(), 3u);
  EXPECT_DOUBLE_EQ(t.asked_wait.percentiles()->max, 7);
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::match);
}

TEST_F(RunTest, ErrorsAreCountedByStatusWithTheServersWords) {
  Script script;
  script.crashed = 2;
  add(script);
  run();
  const Tally& t = sides_[0].tally;
  ASSERT_EQ(t.failures.size(), 1u);
  EXPECT_EQ(t.failures.at("503").count, 2);
  EXPECT_EQ(t.failures.at("503").example, "queue full");
  EXPECT_EQ(t.completed, 18);
}

TEST_F(RunTest, AStreamWithoutItsEndIsAnErrorWhoseTokensAreUnknown) {
  Script script;
  script.broken_streams = 1;
  add(script);
  run();
  EXPECT_EQ(sides_[0].tally.failures.at("stream").count, 1);
  EXPECT_EQ(sides_[0].tally.completed, 19);
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::unclear);
}

TEST_F(RunTest, BooksThatSayMoreAreAMismatch) {
  Script script;
  script.booked_twice = 1;
  add(script);
  run();
  EXPECT_EQ(sides_[0].ledger.booked, 21 * 33);
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::mismatch);
}

TEST_F(RunTest, ATargetWithoutBooksIsMeasuredAllTheSame) {
  Script script;
  script.has_stats = false;
  add(script);
  run();
  EXPECT_EQ(sides_[0].tally.completed, 20);
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::not_asked);
  EXPECT_EQ(sides_[0].ledger.problem, "GET /stats: HTTP 404");
}

TEST_F(RunTest, TwoTargetsGetTheSameRequestsAndTheirOwnBooks) {
  Script one, two;
  two.refused = 2;
  add(one);
  add(two);
  run();
  EXPECT_EQ(one.chats, 20);
  EXPECT_EQ(two.chats, 20);
  EXPECT_EQ(sides_[0].ledger.booked, 20 * 33);
  EXPECT_EQ(sides_[1].ledger.booked, 18 * 33);
}

TEST_F(RunTest, AnInterruptionCutsOffWhatRunsAndKeepsWhatIsThere) {
  Script script;
  script.hangs = true;
  script.interrupt = &interrupted_;
  options_.user.clear();
  add(script);
  run();
  const Tally& t = sides_[0].tally;
  EXPECT_EQ(script.chats, 4);
  EXPECT_EQ(t.cut_off, 4);
  EXPECT_EQ(t.completed + t.errors(), 0);
}

TEST_F(RunTest, ATimeLimitEndsTheRunByItself) {
  Script script;
  add(script);
  options_.amount = {Millis(30), std::nullopt};
  run();
  const Tally& t = sides_[0].tally;
  EXPECT_GT(t.completed, 0);
  EXPECT_EQ(t.started, t.completed);
  EXPECT_GE(t.active, Millis(30));
  EXPECT_EQ(verdict_of(sides_[0]), LedgerVerdict::match);
}

}  // namespace
}  // namespace ktl::app::bench

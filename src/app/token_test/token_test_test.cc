#include "app/token_test/token_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "app/token_test/engine_counts.h"
#include "app/token_test/samples.h"
#include "base/text.h"
#include "config/load.h"
#include "net/http_server.h"

namespace ktl::app {
namespace {

TEST(TokenSamples, are_well_formed_and_each_of_a_kind_of_its_own) {
  std::vector<std::string_view> kinds;
  for (const TokenSample& sample : token_samples()) {
    EXPECT_TRUE(is_utf8(sample.text)) << sample.kind_english;
    EXPECT_FALSE(sample.text.empty());
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), sample.kind_english), 0) << sample.kind_english;
    kinds.push_back(sample.kind_english);
  }
}

TEST(EngineCounts, are_read_from_the_top_level_of_an_answer) {
  EXPECT_EQ(count_in(R"({"tokens":[1,2],"count":2,"max_model_len":1e30})"), 2);
  for (const char* none : {"", "[]", R"({"count":[2]})", R"({"count":"2"})", R"({"count":1.5})", R"({"count":2)"})
    EXPECT_EQ(count_in(none), std::nullopt) << none;
}

// An engine that counts a token for each byte, for as long as the test asks it.
class TokenTestCommand : public testing::Test {
 protected:
  TokenTestCommand() {
    server_ =
        std::make_unique<net::HttpServer>(loop_, net::ServerOptions{}, [](net::HttpExchange& x) { return count(x); });
    port_ = *server_->listen("127.0.0.1", 0);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~TokenTestCommand() override {
    loop_.post([this] {
      server_->drain();
      server_->close_all();
      loop_.spawn(stop());
    });
    thread_.join();
  }
  net::Task<void> stop() {
    while (loop_.spawned() > 1) co_await loop_.sleep(Millis(1));
    loop_.stop();
  }
  static net::Task<void> count(net::HttpExchange& x) {
    auto body = co_await x.read_body(1 << 20);
    if (!body) co_return;
    const std::string answer = R"({"tokens":[],"count":7})";
    co_await x.reply(x.head().path == "/v1/tokenize" ? 200 : 404, "", answer);
  }

  std::string run(int port, int code) {
    const config::Environment nothing = [](std::string_view name) {
      const bool data = name == "KTL_TOKENIZER_DATA";  // no tokenizer is at hand
      return data ? std::optional<std::string>("/nonexistent") : std::nullopt;
    };
    const config::Source source{"a.yaml", "sglang_server: {port: " + std::to_string(port) + "}\n"};
    const auto config = config::parse({&source, 1}, nothing);
    std::ostringstream out, err;
    const SystemClock clock;
    const CommandContext context{out, err, config::Language::english, nothing, clock};
    EXPECT_EQ(token_test_command(context, config.value(), ""), code) << out.str();
    return out.str();
  }

  net::EventLoop loop_;
  std::unique_ptr<net::HttpServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(TokenTestCommand, shows_what_the_engine_says_and_how_far_the_estimates_are) {
  const std::string shown = run(port_, kDone);  // no tokenizer here: nothing to be wrong about
  EXPECT_NE(shown.find("greeting"), std::string::npos);
  EXPECT_NE(shown.find("mean absolute error"), std::string::npos);
  EXPECT_NE(shown.find("cannot count exactly: no tokenizer for"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("no engine answered"), std::string::npos) << shown;
}

TEST_F(TokenTestCommand, goes_on_without_an_engine) {
  const std::string shown = run(1, kDone);
  EXPECT_NE(shown.find("mean absolute error"), std::string::npos) << shown;
}

}  // namespace
}  // namespace ktl::app

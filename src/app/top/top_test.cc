#include <gtest/gtest.h>

#include <sstream>

#include "app/cli/top_command.h"
#include "app/top/screen.h"

namespace ktl::app::top {
namespace {

constexpr std::string_view kSample =
    R"({"sequence":7,"at_ms":1795422600123,"started_ms":1795415400123,"version":"1.2.3",
 "degraded":[{"what":"engine_unreachable","which":"sglang-0","since_ms":1795422588123,"reason":null}],
 "now":{"requests_per_second":12.34,"prompt_tokens_per_second":1234.5,"completion_tokens_per_second":456,
        "cached_tokens_per_second":7,"errors_per_second":0,"refused_per_second":1},
 "minute":{"refused":{"rpm":3,"tpm":0,"queue":1200},
   "latency":{"first_token_ms":{"p50":41.2,"p95":80.1,"p99":12345},"inter_token_ms":{"p50":null},"duration_ms":{"p50":1.25}}},
 "in_flight":3,"queue_length":2,
 "models":[{"model":"가","now":{"requests_per_second":1}},{"model":"나"}],
 "engines":[{"name":"sglang-0","status":"unreachable","kv":{"used_share":0.256},"running_requests":null,
             "gateway":{"in_flight":7,"in_flight_limit":256,"queue_length":2}}],
 "gpu":{"state":"ok","gpus":[{"index":0,"name":"H100","utilisation":0.87,"memory":{"used_bytes":42949672960,"total_bytes":85899345920},
        "temperature_c":61,"power_w":312.5}]}})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(TopScreen, ShowsWhatIsKnownInBothLanguages) {
  const auto snapshot = read_snapshot(kSample);
  ASSERT_TRUE(snapshot);
  const std::string korean = screen_of(*snapshot, config::Language::korean);
  for (const std::string_view part :
       {"SGLang Korean Token Limiter 1.2.3  가동 2시간", "[!] 엔진 sglang-0에 연결할 수 없습니다, 12초 전부터", "12.3",
        "1,235", "최근 1분 거절:  rpm 3  queue 1,200", "41 ms", "80 ms", "12.3 s", "1.2 ms", "연결 안 됨", "26%",
        "7/256", "가", "나", "40.0/80.0 GiB", "61 °C", "313 W"})
    EXPECT_TRUE(has(korean, part)) << part << "\n" << korean;
  const std::string english = screen_of(*snapshot, config::Language::english);
  for (const std::string_view part :
       {"up 2 h", "[!] engine sglang-0 cannot be reached, for 12 s", "refused in the last minute:", "unreachable"})
    EXPECT_TRUE(has(english, part)) << part << "\n" << english;
}

TEST(TopScreen, WhatIsNotKnownIsADashAndNotZero) {
  const auto snapshot = read_snapshot(R"({"engines":[{"name":"e"}],"gpu":{"state":"no_driver"}})");
  ASSERT_TRUE(snapshot);
  const std::string screen = screen_of(*snapshot, config::Language::english);
  EXPECT_TRUE(has(screen, "-/-")) << screen;
  EXPECT_TRUE(has(screen, "no NVIDIA driver here")) << screen;
  EXPECT_EQ(screen.find("0.0"), std::string::npos) << screen;
}

TEST(TopScreen, NamesDoNotReachTheTerminalAsCommands) {
  const auto snapshot = read_snapshot(
      R"({"version":"1\u001b[2J","degraded":[{"what":"x\u001b[31m","which":"\u0007","reason":"\u001b"}],
          "engines":[{"name":"e\u001b[2J"}],"models":[{"model":"\u001b"},{"model":"b"}]})");
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(screen_of(*snapshot, config::Language::korean).find('\x1b'), std::string::npos);
}

TEST(TopSnapshot, NonsenseIsNone) {
  for (const std::string_view bad : {"", "[]", "{", "nonsense", "7"}) EXPECT_FALSE(read_snapshot(bad)) << bad;
  EXPECT_TRUE(read_snapshot(R"({"models":7,"engines":{"a":1},"now":[]})"));
}

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  const SystemClock clock;
  const CommandContext context{out, err, config::Language::english,
                               [](std::string_view) { return std::optional<std::string>(); }, clock};
  const int code = top_command(arguments, context);
  return {code, out.str(), err.str()};
}

TEST(TopCommand, AWrongCommandLineIsToldApartFromAGatewayThatIsAway) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--nonsense"}, {"--url", "ftp://x"}, {"--api-key", "a\r\nb"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, kWrongUsage) << outcome.err;
    EXPECT_TRUE(has(outcome.err, "top --help"));
  }
  const Outcome away = run({"--once", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(away.code, kFailed);
  EXPECT_TRUE(has(away.err, "http://127.0.0.1:1 cannot be reached")) << away.err;
  EXPECT_EQ(run({"--help"}).code, kDone);
}

}  // namespace
}  // namespace ktl::app::top

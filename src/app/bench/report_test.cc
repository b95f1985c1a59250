#include "app/bench/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "app/bench/progress.h"
#include "app/cli/table.h"

namespace ktl::app::bench {
namespace {

using namespace std::chrono_literals;
using config::Language;

Side side(const std::string& url, int speed) {
  Side made;
  made.target.name = url;
  Tally& t = made.tally;
  t.started = t.completed = 100 * speed;
  t.usage = {.prompt = 1000, .completion = 12800 * speed};
  t.active = 10s;
  t.end_to_end.add(400ms / speed);
  t.first_token.add(20ms);
  return made;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The line that begins with `title`, blanks squeezed.
std::string row(const std::string& text, const std::string& title) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(title)) continue;
    std::istringstream words(line.substr(title.size()));
    std::string squeezed;
    for (std::string word; words >> word;) squeezed += (squeezed.empty() ? "" : " ") + word;
    return squeezed;
  }
  return "(no such row)";
}

TEST(Report, TwoTargetsStandSideBySideWithTheirRatio) {
  const std::array<Side, 2> sides{side("http://127.0.0.1:8080", 1), side("http://127.0.0.1:8000", 2)};
  const std::string text = report_text(sides, Language::english);
  EXPECT_TRUE(contains(text, "A: http://127.0.0.1:8080")) << text;
  EXPECT_EQ(row(text, "completed a second (RPS)"), "10.0 20.0 2.00") << text;
  EXPECT_EQ(row(text, "output tokens a second"), "1280.0 2560.0 2.00") << text;
  EXPECT_EQ(row(text, "end to end p99"), "400.0 ms 200.0 ms 0.50") << text;
  EXPECT_EQ(row(text, "inter-token latency p50"), "- - -") << text;
  EXPECT_EQ(row(text, "prompt tokens"), "1,000 1,000 1.00") << text;
}

TEST(Report, OneTargetHasNoRatioAndSpeaksKorean) {
  const std::array<Side, 1> sides{side("http://127.0.0.1:8080", 1)};
  const std::string text = report_text(sides, Language::korean);
  EXPECT_EQ(row(text, "완료한 요청"), "100") << text;
  EXPECT_FALSE(contains(text, "B/A"));
  EXPECT_FALSE(contains(text, "장부"));
}

TEST(Report, ErrorsAreListedByStatusWithAnExample) {
  std::array<Side, 1> sides{side("http://127.0.0.1:8080", 1)};
  sides[0].tally.failures["503"] = {3, "queue\nfull"};
  sides[0].tally.failures["timeout"] = {1, "the engine sends nothing"};
  const std::string text = report_text(sides, Language::english);
  EXPECT_EQ(row(text, "errors"), "4") << text;
  EXPECT_TRUE(contains(text, "HTTP 503: 3  queue full\n")) << text;
  EXPECT_TRUE(contains(text, "timeout: 1  the engine sends nothing\n")) << text;
}

TEST(Report, TheBooksMatchOnlyIfTheyAreEqual) {
  EXPECT_EQ(judge({}, 5, 0), LedgerVerdict::not_asked);
  EXPECT_EQ(judge({true, 5, ""}, 5, 0), LedgerVerdict::match);
  EXPECT_EQ(judge({true, 6, ""}, 5, 0), LedgerVerdict::mismatch);
  EXPECT_EQ(judge({true, 4, ""}, 5, 0), LedgerVerdict::mismatch);
  EXPECT_EQ(judge({true, 6, ""}, 5, 1), LedgerVerdict::unclear);
  EXPECT_EQ(judge({true, 4, ""}, 5, 1), LedgerVerdict::mismatch);  // what is missing was told
  std::array<Side, 1> sides{side("http://127.0.0.1:8080", 1)};
  sides[0].ledger = {true, 13800, ""};
  EXPECT_TRUE(contains(report_text(sides, Language::english), "the books match: booked 13,800"));
  sides[0].ledger.booked = 13801;
  EXPECT_TRUE(contains(report_text(sides, Language::english), "THE BOOKS DO NOT MATCH: booked 13,801"));
}

TEST(Report, TotalTokensAreReadFromTheTopLevelOnly) {
  EXPECT_EQ(read_total_tokens(R"({"user_id":"u","limits":{"total_tokens":1},"total_tokens":165})"), 165);
  EXPECT_EQ(read_total_tokens(R"({"total_tokens":"165"})"), std::nullopt);
  EXPECT_EQ(read_total_tokens(R"({"limits":{"total_tokens":1}})"), std::nullopt);
  EXPECT_EQ(read_total_tokens(R"({"total_tokens":165)"), std::nullopt);
  EXPECT_EQ(read_total_tokens("[]"), std::nullopt);
}

TEST(Report, JsonSaysTheSame) {
  std::array<Side, 1> sides{side("http://127.0.0.1:8080", 1)};
  sides[0].tally.failures["503"] = {3, "\"full\""};
  sides[0].ledger = {true, 13800, ""};
  const std::string json = report_json(sides);
  for (const char* part :
       {R"({"targets":[{"url":"http://127.0.0.1:8080","seconds":10.000,)", R"("inter_token_ms":null)",
        R"("ttft_ms":{"samples":1,"p50":20.000,"p95":20.000,"p99":20.000,"max":20.000})",
        R"("errors":{"503":{"count":3,"example":"\"full\""}})",
        R"("ledger":{"verdict":"match","booked_tokens":13800,"answered_tokens":13800})"})
    EXPECT_TRUE(contains(json, part)) << part << "\n" << json;
}

TEST(Progress, TellsTimeCountsAndRateAndFillsTheWidth) {
  ProgressState state;
  state.elapsed = 15s;
  state.total = 60s;
  state.requests = 30;
  state.rate_limited = 2;
  state.errors = 1;
  EXPECT_EQ(progress_line(state, Language::english, 40),
            " 25%  0:15 (0:45 left)  requests 30  RPS 2.0  429 2  errors 1");
  const std::string line = progress_line(state, Language::english, 80);
  EXPECT_EQ(display_width(line), 80u);
  EXPECT_TRUE(line.starts_with("[####------------] ")) << line;
  EXPECT_LE(display_width(progress_line(state, Language::korean, 80)), 80u);
}

TEST(Progress, CountsWhicheverBoundIsNearer) {
  ProgressState state;
  EXPECT_EQ(share_done(state), 0);
  state.elapsed = 70s;
  state.total = 100s;
  state.wanted = 100;
  state.requests = 80;
  EXPECT_DOUBLE_EQ(share_done(state), 0.8);
  state.elapsed = 200s;
  EXPECT_EQ(share_done(state), 1);
}

TEST(Progress, WithoutATerminalALineComesEveryFiveSeconds) {
  std::ostringstream err;
  ProgressDisplay display(err, Language::english, std::nullopt);
  ProgressState state;
  for (int tenths = 0; tenths <= 120; ++tenths) {
    state.elapsed = tenths * 100ms;
    display.show(state);
  }
  display.close();
  const std::string text = err.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_FALSE(contains(text, "\r"));
}

TEST(Progress, OnATerminalOneLineIsDrawnOver) {
  std::ostringstream err;
  ProgressDisplay display(err, Language::english, 80);
  display.show({});
  display.show({});
  display.close();
  EXPECT_FALSE(contains(err.str(), "\n"));
  EXPECT_TRUE(err.str().ends_with("\r\x1b[K"));
}

}  // namespace
}  // namespace ktl::app::bench

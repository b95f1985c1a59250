#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "telemetry/captured_lines.h"
#include "telemetry/log_line.h"

namespace ktl::telemetry {
namespace {

TEST(Log, ALogfmtLineQuotesOnlyWhatNeedsIt) {
  CapturedLines lines;
  const StoppedClock clock;
  Log log(lines.writer(), clock, LogLevel::info, LogFormat::logfmt);
  log.info("upstream is back", {{"upstream", "sglang-0"},
                                {"user", "사용자1"},
                                {"down_ms", 1200},
                                {"share", 0.5},
                                {"ok", true},
                                {"empty", ""},
                                {"eq", "a=b"}});
  EXPECT_EQ(lines.text(),
            "time=2026-11-23T08:30:00.123Z level=info msg=\"upstream is back\" upstream=sglang-0 user=사용자1 "
            "down_ms=1200 share=0.5 ok=true empty=\"\" eq=\"a=b\"\n");
}

TEST(Log, AJsonLineIsOneJsonObject) {
  CapturedLines lines;
  const StoppedClock clock;
  Log log(lines.writer(), clock, LogLevel::debug, LogFormat::json);
  log.debug("say \"hi\"", {{"n", -1}, {"x", 1.0 / 0.0}, {"t", std::string("줄\n바꿈")}});
  EXPECT_EQ(lines.text(),
            "{\"time\":\"2026-11-23T08:30:00.123Z\",\"level\":\"debug\",\"msg\":\"say \\\"hi\\\"\",\"n\":-1,"
            "\"x\":null,\"t\":\"줄\\n바꿈\"}\n");
}

TEST(Log, NoInputCanEndALineOrForgeAField) {
  CapturedLines lines;
  const StoppedClock clock;
  Log log(lines.writer(), clock, LogLevel::info, LogFormat::logfmt);
  std::string hostile;
  for (int c = 0; c < 256; ++c) hostile.push_back(static_cast<char>(c));
  log.info("x", {{"user", hostile}});
  log.info("x", {{"user", "a level=error"}});
  log.info("x\nlevel=error");
  const std::string text = lines.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.find(" level=error\n"), std::string::npos);
  EXPECT_NE(text.find("user=\"a level=error\""), std::string::npos);
  EXPECT_NE(text.find("msg=\"x\\nlevel=error\""), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Log, WhatIsBelowTheLevelIsNotWritten) {
  CapturedLines lines;
  const StoppedClock clock;
  Log log(lines.writer(), clock, LogLevel::warn, LogFormat::logfmt);
  log.debug("no");
  log.info("no");
  EXPECT_EQ(lines.text(), "");
  log.warn("yes");
  EXPECT_NE(lines.text().find("level=warn msg=yes"), std::string::npos);
}

TEST(LogLine, TimestampsAreUtcWithMilliseconds) {
  std::string out;
  append_timestamp(out, WallTime(Millis(0)));
  append_timestamp(out, WallTime(Millis(951'782'399'999)));  // the 28th of February of a leap year, last millisecond
  EXPECT_EQ(out, "1970-01-01T00:00:00.000Z2000-02-28T23:59:59.999Z");
}

}  // namespace
}  // namespace ktl::telemetry

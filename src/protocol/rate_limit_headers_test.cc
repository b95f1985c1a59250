#include "protocol/rate_limit_headers.h"

#include <gtest/gtest.h>

namespace ktl::protocol {
namespace {

TEST(FormatDuration, WritesAsOpenAiDoes) {
  const std::pair<std::int64_t, const char*> known[] = {
      {0, "0s"},         {-5, "0s"},           {120, "120ms"},        {999, "999ms"},
      {1000, "1s"},      {1500, "1.5s"},       {59'830, "59.83s"},    {60'000, "1m0s"},
      {360'000, "6m0s"}, {61'001, "1m1.001s"}, {3'600'000, "1h0m0s"}, {90'061'000, "25h1m1s"}};
  for (const auto& [millis, text] : known) EXPECT_EQ(format_duration(Millis{millis}), text);
}

TEST(RateLimitHeaders, AreWholeLines) {
  std::string out;
  append_rate_limit_headers(out, {.requests = WindowHeader{40, 39, Millis{1500}},
                                  .tokens = WindowHeader{8000, 0, Millis{59'830}},
                                  .tokens_hour = {},
                                  .tokens_day = WindowHeader{1'000'000, 5, Millis{3'600'000}}});
  EXPECT_EQ(
      out,
      "x-ratelimit-limit-requests: 40\r\nx-ratelimit-remaining-requests: 39\r\nx-ratelimit-reset-requests: 1.5s\r\n"
      "x-ratelimit-limit-tokens: 8000\r\nx-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 59.83s\r\n"
      "x-ratelimit-limit-tokens-day: 1000000\r\nx-ratelimit-remaining-tokens-day: 5\r\n"
      "x-ratelimit-reset-tokens-day: 1h0m0s\r\n");
}

TEST(RateLimitHeaders, NoWindowsNoLines) {
  std::string out;
  append_rate_limit_headers(out, {});
  EXPECT_EQ(out, "");
}

std::string retry(RetryAdvice advice) {
  std::string out;
  append_retry_headers(out, advice);
  return out;
}

TEST(RetryHeaders, SecondsAreRoundedUp) {
  EXPECT_EQ(retry({.after = Millis{1}}), "retry-after: 1\r\nretry-after-ms: 1\r\n");
  EXPECT_EQ(retry({.after = Millis{1000}}), "retry-after: 1\r\nretry-after-ms: 1000\r\n");
  EXPECT_EQ(retry({.after = Millis{1001}}), "retry-after: 2\r\nretry-after-ms: 1001\r\n");
}

TEST(RetryHeaders, LongWaitsTellSdksNotToTry) {
  EXPECT_EQ(retry({.after = Millis{60'000}}), "retry-after: 60\r\nretry-after-ms: 60000\r\n");
  EXPECT_EQ(retry({.after = Millis{60'001}}), "retry-after: 61\r\nretry-after-ms: 60001\r\nx-should-retry: false\r\n");
}

TEST(RetryHeaders, WhatNeverFitsHasNoTime) {
  EXPECT_EQ(retry({.never = true}), "x-should-retry: false\r\n");
}

}  // namespace
}  // namespace ktl::protocol

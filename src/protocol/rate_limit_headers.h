#pragma once
// OpenAI's rate-limit headers, ours for hour and day, and the advice to retry. Header lines end with CRLF, as
// net::HttpExchange takes them.
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace ktl::protocol {

struct WindowHeader {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  Millis reset{0};  // until the window is empty again
};

struct RateLimitHeaders {
  std::optional<WindowHeader> requests;     // x-ratelimit-{limit,remaining,reset}-requests       a minute
  std::optional<WindowHeader> tokens;       // x-ratelimit-{limit,remaining,reset}-tokens         a minute
  std::optional<WindowHeader> tokens_hour;  // x-ratelimit-{limit,remaining,reset}-tokens-hour
  std::optional<WindowHeader> tokens_day;   // x-ratelimit-{limit,remaining,reset}-tokens-day
};

void append_rate_limit_headers(std::string& out, const RateLimitHeaders& headers);

// When to come back. OpenAI's SDKs obey at most 60 s and hammer otherwise, so longer waits say x-should-retry: false.
struct RetryAdvice {
  Millis after{0};
  bool never = false;  // no retry-after at all
};
inline constexpr Millis kLongestObeyedWait{60'000};

// retry-after (whole seconds, rounded up), retry-after-ms, x-should-retry.
void append_retry_headers(std::string& out, const RetryAdvice& advice);

// As OpenAI writes durations: "120ms", "1s", "59.83s", "6m0s", "1h0m0s".
std::string format_duration(Millis duration);
void append_duration(std::string& out, Millis duration);

}  // namespace ktl::protocol

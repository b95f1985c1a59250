#include "protocol/rate_limit_headers.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace ktl::protocol {
namespace {

// Puts text together in a block on the stack. Its users know the longest that they can write.
template <std::size_t kRoom>
class Block {
 public:
  void put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(char c) { *at_++ = c; }
  void put(std::int64_t number) { at_ = std::to_chars(at_, bytes_ + kRoom, number).ptr; }
  void put(Millis duration);

  std::string_view view() const { return {bytes_, static_cast<std::size_t>(at_ - bytes_)}; }

 private:
  void put_seconds(std::int64_t millis);

  char bytes_[kRoom];
  char* at_ = bytes_;
};

// 59830 -> "59.83", 1000 -> "1".
template <std::size_t kRoom>
void Block<kRoom>::put_seconds(std::int64_t millis) {
  put(millis / 1000);
  std::int64_t fraction = millis % 1000;
  if (fraction == 0) return;
  put('.');
  for (std::int64_t unit = 100; fraction != 0; fraction %= unit, unit /= 10)
    put(static_cast<char>('0' + fraction / unit));
}

template <std::size_t kRoom>
void Block<kRoom>::put(Millis duration) {
  const std::int64_t millis = std::max<std::int64_t>(duration.count(), 0);
  if (millis == 0) return put("0s");
  if (millis < 1000) {
    put(millis);
    return put("ms");
  }
  const std::int64_t minutes = millis / 60'000;
  if (minutes >= 60) {
    put(minutes / 60);
    put('h');
  }
  if (minutes > 0) {
    put(minutes % 60);
    put('m');
  }
  put_seconds(millis % 60'000);
  put('s');
}

constexpr std::size_t kLongestNumber = 20;
constexpr std::size_t kLongestDuration = kLongestNumber + 16;  // hours, then "h59m59.999s"

struct WindowNames {
  std::string_view limit;
  std::string_view remaining;
  std::string_view reset;
};
constexpr std::size_t kLongestName = 64;
constexpr WindowNames kRequests{
    "x-ratelimit-limit-requests: ", "\r\nx-ratelimit-remaining-requests: ", "\r\nx-ratelimit-reset-requests: "};
constexpr WindowNames kTokens{
    "x-ratelimit-limit-tokens: ", "\r\nx-ratelimit-remaining-tokens: ", "\r\nx-ratelimit-reset-tokens: "};
constexpr WindowNames kTokensHour{"x-ratelimit-limit-tokens-hour: ", "\r\nx-ratelimit-remaining-tokens-hour: ",
                                  "\r\nx-ratelimit-reset-tokens-hour: "};
constexpr WindowNames kTokensDay{
    "x-ratelimit-limit-tokens-day: ", "\r\nx-ratelimit-remaining-tokens-day: ", "\r\nx-ratelimit-reset-tokens-day: "};

using HeaderBlock = Block<4 * (3 * kLongestName + 2 * kLongestNumber + kLongestDuration)>;

// The names are known when this is compiled: copying them takes a few moves, not a call.
template <const WindowNames& names>
void put_window(HeaderBlock& block, const std::optional<WindowHeader>& window) {
  if (!window) return;
  block.put(names.limit);
  block.put(window->limit);
  block.put(names.remaining);
  block.put(window->remaining);
  block.put(names.reset);
  block.put(window->reset);
  block.put("\r\n");
}

void append_line(std::string& out, std::string_view name, std::int64_t value) {
  Block<kLongestName + kLongestNumber> block;
  block.put(name);
  block.put(value);
  block.put("\r\n");
  out += block.view();
}

}  // namespace

void append_rate_limit_headers(std::string& out, const RateLimitHeaders& headers) {
  HeaderBlock block;
  put_window<kRequests>(block, headers.requests);
  put_window<kTokens>(block, headers.tokens);
  put_window<kTokensHour>(block, headers.tokens_hour);
  put_window<kTokensDay>(block, headers.tokens_day);
  out += block.view();
}

void append_retry_headers(std::string& out, const RetryAdvice& advice) {
  if (!advice.never) {
    const std::int64_t millis = std::max<std::int64_t>(advice.after.count(), 0);
    append_line(out, "retry-after: ", millis / 1000 + (millis % 1000 != 0 ? 1 : 0));
    append_line(out, "retry-after-ms: ", millis);
  }
  if (advice.never || advice.after > kLongestObeyedWait) out += "x-should-retry: false\r\n";
}

void append_duration(std::string& out, Millis duration) {
  Block<kLongestDuration> block;
  block.put(duration);
  out += block.view();
}

std::string format_duration(Millis duration) {
  std::string text;
  append_duration(text, duration);
  return text;
}

}  // namespace ktl::protocol

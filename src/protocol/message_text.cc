#include "protocol/message_text.h"

#include <algorithm>

#include "base/text.h"
#include "protocol/rate_limit_headers.h"
#include "protocol/visible_text.h"

namespace ktl::protocol {

std::string spoken_duration(Language language, Millis duration) {
  if (language == Language::english) return format_duration(duration);
  const std::int64_t millis = std::max<std::int64_t>(duration.count(), 0);
  const std::int64_t hours = millis / 3'600'000;
  const std::int64_t minutes = millis / 60'000 % 60;
  const std::int64_t rest = millis % 60'000;
  std::string out;
  const auto add = [&out](const std::string& number, std::string_view unit) {
    if (!out.empty()) out += ' ';
    out += number;
    out += unit;
  };
  if (hours > 0) add(std::to_string(hours), "시간");
  if (minutes > 0) add(std::to_string(minutes), "분");
  if (rest > 0 || out.empty()) {
    std::string seconds = std::to_string(rest / 1000);
    if (rest % 1000 != 0) {
      seconds += '.' + std::to_string(1000 + rest % 1000).substr(1);
      while (seconds.back() == '0') seconds.pop_back();
    }
    add(seconds, "초");
  }
  return out;
}

std::string spoken_wait(Language language, Millis wait) {
  if (wait >= std::chrono::minutes(1)) wait = std::chrono::ceil<std::chrono::seconds>(wait);
  return spoken_duration(language, wait);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 128;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (at > kMost) {
      out += "…";
      break;
    }
    append_visible(out, c, text.substr(begin, at - begin));
  }
  return out;
}

std::string masked_key(std::string_view key) {
  constexpr std::size_t kHead = 4;
  constexpr std::size_t kTail = 3;
  constexpr std::size_t kShortest = 16;  // below that, what is shown would be too much of it
  constexpr std::size_t kMostStars = 20;
  const std::string clean = shown(key);
  if (key.size() < kShortest || clean.size() != key.size() ||
      !std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; })) {
    return "***";
  }
  return clean.substr(0, kHead) + std::string(std::min(key.size() - kHead - kTail, kMostStars), '*') +
         clean.substr(clean.size() - kTail);
}

}  // namespace ktl::protocol

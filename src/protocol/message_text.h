#pragma once
// How texts are put together, in both languages. Internal to the messages_….cc files.
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "protocol/api_error.h"
#include "protocol/language.h"
#include "protocol/messages.h"

namespace ktl::protocol {

// The same text in two languages; both use all the same arguments, by position ({0}, {1}, …).
struct Text {
  std::string_view korean;
  std::string_view english;
};

template <class... Args>
std::string say(Language language, const Text& text, const Args&... args) {
  return fmt::vformat(language == Language::korean ? text.korean : text.english, fmt::make_format_args(args...));
}

// "6분 5초" or "6m5s".
std::string spoken_duration(Language language, Millis duration);
// How long somebody is to wait: from a minute on in whole seconds, rounded up so that nobody comes too early.
std::string spoken_wait(Language language, Millis wait);

// What came from a client and is shown again: bounded to 128 bytes, cut at a whole character, controls replaced.
std::string shown(std::string_view text);

inline constexpr std::string_view kInvalidRequest = "invalid_request_error";
inline constexpr std::string_view kServerError = "server_error";

inline ApiError make_error(int status, std::string_view type, std::string_view code, std::string message,
                           std::string_view param = {}) {
  return {status, std::string(type), std::string(code), std::string(param), std::move(message)};
}

}  // namespace ktl::protocol

#pragma once
// Text in and out: UTF-8, percent-encoding, hex, JSON string escapes. All functions are pure and linear in their input.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktl {

// True if `bytes` is well-formed UTF-8 (no overlongs, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view bytes);

// Decodes the code point at `at` of well-formed UTF-8 and moves `at` behind it. Requires at < text.size().
// On malformed input it takes one byte and returns U+FFFD, so a loop over hostile bytes always ends.
char32_t next_code_point(std::string_view text, std::size_t& at);

// %XX decoding of a URL path or query part; '+' becomes a blank when `plus_is_blank`. Raw UTF-8 passes unchanged.
// nullopt: a broken escape, or an encoded NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

// Encodes everything but unreserved characters (RFC 3986 2.3).
std::string percent_encode(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);

// Appends `text` as the inside of a JSON string (no quotes added): escapes quote, backslash and controls.
// Malformed UTF-8 is replaced by U+FFFD, so the result is always valid JSON.
void append_json_escaped(std::string& out, std::string_view text);

// A whole JSON string, with quotes.
std::string json_quoted(std::string_view text);

// ASCII only. Most comparisons end at the sizes, so those are looked at without a call.
bool same_size_equals_ignoring_case(const char* a, const char* b, std::size_t size);
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_size_equals_ignoring_case(a.data(), b.data(), a.size());
}

}  // namespace ktl

#include "protocol/json_cursor.h"

#include <array>
#include <charconv>
#include <cstring>

#include "protocol/json_scan.h"

namespace ktl::protocol {
namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t put_utf8(std::uint32_t c, char* out) {
  const auto byte = [&](std::size_t i, std::uint32_t value) { out[i] = static_cast<char>(value); };
  if (c < 0x80) {
    byte(0, c);
    return 1;
  }
  if (c < 0x800) {
    byte(0, 0xC0 | (c >> 6));
    byte(1, 0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    byte(0, 0xE0 | (c >> 12));
    byte(1, 0x80 | ((c >> 6) & 0x3F));
    byte(2, 0x80 | (c & 0x3F));
    return 3;
  }
  byte(0, 0xF0 | (c >> 18));
  byte(1, 0x80 | ((c >> 12) & 0x3F));
  byte(2, 0x80 | ((c >> 6) & 0x3F));
  byte(3, 0x80 | (c & 0x3F));
  return 4;
}

// Value of each hex digit; 0xFFFF'0000 marks what is none, so that an OR of four tells it.
constexpr std::uint32_t kNoHex = 0xFFFF'0000u;
constexpr auto kHexValues = [] {
  std::array<std::uint32_t, 256> values{};
  values.fill(kNoHex);
  for (std::uint32_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint32_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = 10 + i;
  return values;
}();

// Four hex digits; at least kNoHex if one is none.
std::uint32_t hex4(const char* digits) {
  const auto at = [digits](std::size_t i) { return kHexValues[static_cast<unsigned char>(digits[i])]; };
  const std::uint32_t a = at(0), b = at(1), c = at(2), d = at(3);
  return ((a | b | c | d) & kNoHex) | ((a & 15u) << 12 | (b & 15u) << 8 | (c & 15u) << 4 | (d & 15u));
}

// Moves `at` behind the number, or to where it is none. Requires at != end.
inline bool pass_number(const char*& at, const char* end) {
  const auto digits = [&at, end] {
    const char* first = at;
    while (at != end && is_digit(*at)) ++at;
    return at != first;
  };
  if (*at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at != end && (*at | 0x20) == 'e') {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  return true;  // what follows must be a comma, bracket or blank: the next step finds out
}

constexpr bool is_high_surrogate(std::uint32_t c) {
  return c >= 0xD800 && c < 0xDC00;
}
constexpr bool is_low_surrogate(std::uint32_t c) {
  return c >= 0xDC00 && c < 0xE000;
}

}  // namespace

void JsonCursor::skip_more_blanks() {
  while (at_ != end_ && is_blank(*at_)) ++at_;
}

inline bool JsonCursor::next_within(char closing) {
  skip_blanks();
  if (at_ == end_) return fail();
  if (*at_ == closing) {
    ++at_;
    ++depth_left_;
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    if (*at_ != ',') return fail();
    ++at_;
    skip_blanks();
  }
  fresh_ = false;
  return true;
}

inline bool JsonCursor::scan_string(JsonString& out) {
  const char* first = at_ + 1;
  const char* stop = find_special(first, end_);
  at_ = stop;
  if (stop == end_ || *stop != '"') [[unlikely]]
    return scan_special_string(first, out);
  out.raw = {first, static_cast<std::size_t>(stop - first)};
  out.escaped = false;
  at_ = stop + 1;
  return true;
}

bool JsonCursor::scan_special_string(const char* first, JsonString& out) {
  while (true) {
    if (at_ == end_) return fail();
    if (*at_ == '"') break;
    do {  // escapes mostly come in rows
      if (*at_ != '\\' || !scan_escape()) return fail();
    } while (at_ != end_ && *at_ == '\\');
    at_ = find_special(at_, end_);
  }
  out = {{first, static_cast<std::size_t>(at_ - first)}, true};
  ++at_;
  return true;
}

bool JsonCursor::next_member(JsonString& key) {
  if (!next_within('}')) return false;
  if (at_ == end_ || *at_ != '"' || !scan_string(key)) return fail();
  if (at_ == end_ || *at_ != ':') {
    skip_blanks();
    if (at_ == end_ || *at_ != ':') return fail();
  }
  ++at_;
  skip_blanks();
  return true;
}

bool JsonCursor::next_element() {
  return next_within(']');
}

bool JsonCursor::read_string(JsonString& out) {
  return peek() == JsonKind::string ? scan_string(out) : fail();
}

bool JsonCursor::scan_escape() {
  if (end_ - at_ < 2) return false;
  const char kind = at_[1];
  if (kind != 'u') {
    at_ += 2;
    return kind != '\0' && std::strchr("\"\\/bfnrt", kind) != nullptr;
  }
  std::uint32_t unit = 0;
  if (!scan_hex4(unit) || is_low_surrogate(unit)) return false;
  if (!is_high_surrogate(unit)) return true;
  return scan_hex4(unit) && is_low_surrogate(unit);
}

bool JsonCursor::scan_hex4(std::uint32_t& value) {
  if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
  value = hex4(at_ + 2);
  if (value >= kNoHex) return false;
  at_ += 6;
  return true;
}

bool JsonCursor::read_number(std::string_view& out) {
  if (peek() != JsonKind::number) return fail();
  const char* first = at_;
  if (!scan_number()) return fail();
  out = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

bool JsonCursor::scan_number() {
  const char* at = at_;
  const bool sound = pass_number(at, end_);
  at_ = at;
  return sound;
}

bool JsonCursor::expect_word(std::string_view word) {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word) return fail();
  at_ += word.size();
  return true;
}

bool JsonCursor::read_bool(bool& out) {
  if (peek() != JsonKind::boolean) return fail();
  out = *at_ == 't';
  return expect_word(out ? "true" : "false");
}

bool JsonCursor::read_null() {
  return peek() == JsonKind::null ? expect_word("null") : fail();
}

bool JsonCursor::skip() {
  switch (peek()) {
    case JsonKind::object:
      if (!enter()) return false;
      for (JsonString key; next_member(key);) skip();
      return ok();
    case JsonKind::array:
      if (!enter()) return false;
      while (next_element()) skip();
      return ok();
    case JsonKind::string: {
      JsonString ignored;
      return scan_string(ignored);
    }
    case JsonKind::number:
      return scan_number() || fail();
    case JsonKind::boolean:
      return expect_word(*at_ == 't' ? "true" : "false");
    case JsonKind::null:
      return expect_word("null");
    case JsonKind::none:
      break;
  }
  return fail();
}

bool JsonCursor::skip(std::string_view& raw) {
  skip_blanks();
  const char* first = at_;
  if (!skip()) return false;
  raw = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

bool JsonCursor::at_end() {
  skip_blanks();
  return ok() && at_ == end_;
}

std::size_t unescape(const JsonString& text, char* out) {
  const char* at = text.raw.data();
  const char* end = at + text.raw.size();
  char* to = out;
  while (at != end) {
    const auto* slash = static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
    const auto plain = static_cast<std::size_t>((slash == nullptr ? end : slash) - at);
    std::memcpy(to, at, plain);
    to += plain;
    if (slash == nullptr) break;
    at = slash + 2;
    switch (slash[1]) {
      case 'b':
        *to++ = '\b';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'u': {
        std::uint32_t c = hex4(at);
        at += 4;
        if (is_high_surrogate(c)) {
          c = 0x10000 + ((c - 0xD800) << 10) + (hex4(at + 2) - 0xDC00);
          at += 6;
        }
        to += put_utf8(c, to);
        break;
      }
      default:
        *to++ = slash[1];
    }
  }
  return static_cast<std::size_t>(to - out);
}

bool escaped_means(const JsonString& string, std::string_view text) {
  constexpr std::size_t kLongest = 512;  // longer escaped strings are no name of ours
  if (string.raw.size() > kLongest) return false;
  char buffer[kLongest];
  return std::string_view(buffer, unescape(string, buffer)) == text;
}

std::optional<std::int64_t> to_integer(std::string_view number) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || stop != number.data() + number.size()) return std::nullopt;
  return value;
}

}  // namespace ktl::protocol

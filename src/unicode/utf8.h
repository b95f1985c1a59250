#pragma once
// Reading UTF-8 one code point at a time, inline, for loops that look at every character of a text.
//
// Total: where the bytes are not well-formed UTF-8 (broken, overlong, surrogate, above U+10FFFF) one byte is taken and
// U+FFFD returned, so that a loop over hostile bytes always ends. Never reads at or beyond `end`.
#include <cstdint>

namespace ktl::unicode {

inline constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t code_point;
  std::uint32_t size;  // bytes taken, 1 to 4
};

inline bool is_continuation(unsigned char byte) {
  return (byte & 0xC0u) == 0x80u;
}

// Requires at < end.
inline Decoded decode(const char* at, const char* end) {
  const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const auto left = end - at;
  if (lead < 0xE0) {
    if (lead < 0xC2 || left < 2 || !is_continuation(byte(1))) return {kReplacement, 1};
    return {(lead & 0x1Fu) << 6 | (byte(1) & 0x3Fu), 2};
  }
  if (lead < 0xF0) {
    if (left < 3 || !is_continuation(byte(1)) || !is_continuation(byte(2))) return {kReplacement, 1};
    const char32_t c = (lead & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    if (c < 0x800 || (c >= 0xD800 && c < 0xE000)) return {kReplacement, 1};
    return {c, 3};
  }
  if (lead > 0xF4 || left < 4 || !is_continuation(byte(1)) || !is_continuation(byte(2)) || !is_continuation(byte(3))) {
    return {kReplacement, 1};
  }
  const char32_t c = (lead & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
  if (c < 0x10000 || c > 0x10FFFF) return {kReplacement, 1};
  return {c, 4};
}

// Writes `code_point` (at most U+10FFFF) to `out`, which has room for 4 bytes; returns where the next one goes.
inline char* encode(char32_t code_point, char* out) {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0u | code_point >> 6);
    put(0x80u | (code_point & 0x3Fu));
  } else if (code_point < 0x10000) {
    put(0xE0u | code_point >> 12);
    put(0x80u | (code_point >> 6 & 0x3Fu));
    put(0x80u | (code_point & 0x3Fu));
  } else {
    put(0xF0u | code_point >> 18);
    put(0x80u | (code_point >> 12 & 0x3Fu));
    put(0x80u | (code_point >> 6 & 0x3Fu));
    put(0x80u | (code_point & 0x3Fu));
  }
  return out;
}

}  // namespace ktl::unicode

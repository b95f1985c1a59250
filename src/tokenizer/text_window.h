#pragma once
// Sixteen bytes of text looked at in one step, to find how far a word or a row of signs goes: their lengths are what a
// processor predicts worst.
//
// Pure, thread-safe, no allocation.
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>

#include "unicode/classes.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {

inline constexpr int kTextWindow = 16;

// The commonest letters: ASCII's, and Hangul syllables but the last ones.
constexpr bool is_common_letter(char32_t c) {
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= 0xac00 && c < 0xd780);
}

// Whether a common letter may begin with this byte.
inline bool may_begin_common_letter(char byte) {
  const auto lead = static_cast<unsigned char>(byte);
  return lead < 0x80 || (lead >= 0xea && lead <= 0xed);
}

// What a window is, looked at character by character.
namespace one_by_one {

inline std::uint32_t common_letters(const char* at) {
  std::uint32_t found = 0;
  for (int i = 0; i < kTextWindow;) {
    const unicode::Decoded next = unicode::decode(at + i, at + kTextWindow);
    if (is_common_letter(next.code_point)) found |= ((1u << next.size) - 1) << i;
    i += static_cast<int>(next.size);
  }
  return found;
}

inline std::uint32_t ascii_signs(const char* at) {
  std::uint32_t found = 0;
  for (int i = 0; i < kTextWindow; ++i) {
    const auto byte = static_cast<unsigned char>(at[i]);
    const bool is_sign = byte < 0x80 && unicode::class_of_ascii(byte) == unicode::CharClass::other;
    found |= std::uint32_t{is_sign} << i;
  }
  return found;
}

}  // namespace one_by_one

#ifdef __SSE2__
namespace at_once {

inline __m128i window(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline std::uint32_t bits_of(__m128i bytes) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}
inline __m128i all(int byte) {
  return _mm_set1_epi8(static_cast<char>(byte));
}
// Those from `first` on, `count` of them; unsigned.
inline __m128i among(__m128i bytes, int first, int count) {
  const __m128i number = _mm_sub_epi8(bytes, all(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(number, all(count - 1)), number);
}
inline __m128i letters_of_ascii(__m128i bytes) {
  return among(_mm_or_si128(bytes, all(0x20)), 'a', 26);
}

// Comparisons are signed, so continuation bytes are the lowest, in rising order.
[[gnu::always_inline]] inline std::uint32_t common_letters(const char* at) {
  const __m128i text = window(at);
  const __m128i second = _mm_srli_si128(text, 1);
  const std::uint32_t continuation = bits_of(_mm_cmplt_epi8(text, all(0xc0)));
  const __m128i below = _mm_and_si128(_mm_cmpeq_epi8(text, all(0xea)), _mm_cmplt_epi8(second, all(0xb0)));
  const __m128i above = _mm_and_si128(_mm_cmpeq_epi8(text, all(0xed)), _mm_cmpgt_epi8(second, all(0x9d)));
  const std::uint32_t lead = bits_of(_mm_andnot_si128(_mm_or_si128(below, above), among(text, 0xea, 4)));
  const std::uint32_t syllable = lead & continuation >> 1 & continuation >> 2;
  return syllable | syllable << 1 | syllable << 2 | bits_of(letters_of_ascii(text));
}

inline std::uint32_t ascii_signs(const char* at) {
  const __m128i text = window(at);
  const __m128i blanks = _mm_or_si128(_mm_cmpeq_epi8(text, all(' ')), among(text, '\t', 5));
  const __m128i words = _mm_or_si128(letters_of_ascii(text), among(text, '0', 10));
  return ~bits_of(_mm_or_si128(_mm_or_si128(blanks, words), text)) & ((1u << kTextWindow) - 1);
}

}  // namespace at_once
#else
namespace at_once = one_by_one;
#endif

// A bit for each byte of the window at `at` that belongs to a common letter, the whole of which is in it. Requires
// kTextWindow readable bytes, as does ascii_signs().
using at_once::common_letters;

// A bit for each byte that is of ASCII, but no letter, digit or blank.
using at_once::ascii_signs;

}  // namespace ktl::tokenizer

#pragma once
// The inner loop of reading JSON strings: where does a run of plain characters end? 16 bytes at a time where the
// processor has SSE2 (every x86-64), else eight. Internal to the cursor.
//
// Never reads outside [at, end).
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace ktl::protocol {

namespace scan {

// High bit set in the first byte of the word that is a quote, a backslash or a control character; later bytes may be
// false alarms.
inline std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  const auto zeros = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes; };
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word;
  return (zeros(word ^ (kOnes * '"')) | zeros(word ^ (kOnes * '\\')) | controls) & kHighs;
}

// Eight bytes at a time, then one: what is left of a text, or all of it on other processors.
inline const char* find_special_plain(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t hits = special_bytes(word)) return at + std::countr_zero(hits) / 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

#ifdef __SSE2__
inline constexpr std::ptrdiff_t kBlock = 16;

// Zero in each of the 16 bytes that is a quote, a backslash or a control character. Flipping one bit puts the quote
// just above the controls, so that one saturating subtraction finds both.
inline __m128i zero_if_special(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i quote_or_control = _mm_subs_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(2)), _mm_set1_epi8('"' ^ 2));
  const __m128i backslash = _mm_xor_si128(bytes, _mm_set1_epi8('\\'));
  return _mm_min_epu8(quote_or_control, backslash);
}

// One bit a byte.
inline unsigned zeros_of(__m128i bytes) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
}

[[gnu::noinline]] inline const char* find_special_far(const char* at, const char* end) {
  for (; end - at >= 4 * kBlock; at += 4 * kBlock) {
    const __m128i first = _mm_min_epu8(zero_if_special(at), zero_if_special(at + kBlock));
    const __m128i second = _mm_min_epu8(zero_if_special(at + 2 * kBlock), zero_if_special(at + 3 * kBlock));
    if (zeros_of(_mm_min_epu8(first, second)) != 0) break;
  }
  for (; end - at >= kBlock; at += kBlock) {
    if (const unsigned hits = zeros_of(zero_if_special(at))) return at + std::countr_zero(hits);
  }
  return find_special_plain(at, end);
}
#endif

}  // namespace scan

// The first quote, backslash or control character (below 0x20) in [at, end), or end.
inline const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
  if (end - at >= scan::kBlock) [[likely]] {  // most strings are short: their end is in the first block
    if (const unsigned hits = scan::zeros_of(scan::zero_if_special(at))) return at + std::countr_zero(hits);
    at += scan::kBlock;
  }
  return scan::find_special_far(at, end);
#else
  return scan::find_special_plain(at, end);
#endif
}

}  // namespace ktl::protocol

#pragma once
// Cuts text into the pieces that byte-level BPE merges each on its own, as the regular expression of Qwen2 and Llama-3
// does, by hand and inline:
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// with \p{N}{1,3} in place of \p{N} for Llama-3. Ignoring case, s is also U+017F (long s).
//
// Pure, thread-safe, no allocation. Cutting a whole text piece by piece is linear: a run of blanks is looked at no more
// than three times, anything else twice. Malformed bytes count as characters of class `other`.
#include <cstring>

#include "tokenizer/vocabulary.h"
#include "unicode/classes.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace detail {

using unicode::CharClass;

struct Char {
  CharClass char_class;
  std::uint32_t size;
};

// Requires at < end.
inline Char char_at(const char* at, const char* end) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0x80) return {unicode::class_of_ascii(lead), 1};
  const unicode::Decoded decoded = unicode::decode(at, end);
  return {unicode::class_of(decoded.code_point), decoded.size};
}

// True if a precomposed Hangul syllable stands at `at`, U+AC00 to U+D7A3. Requires 4 readable bytes.
inline bool is_hangul_syllable(const char* at) {
  std::uint32_t word;  // little-endian: the lead byte is lowest
  std::memcpy(&word, at, sizeof word);
  const std::uint32_t code_point = (word & 0x0Fu) << 12 | (word >> 2 & 0x0FC0u) | (word >> 16 & 0x3Fu);
  return (word & 0x00C0C0F0u) == 0x008080E0u && code_point - 0xAC00u < 11172u;
}

inline bool is_newline(char c) {
  return c == '\n' || c == '\r';
}

inline const char* letters_end(const char* at, const char* end) {
  while (true) {
    while (end - at >= 4 && is_hangul_syllable(at)) at += 3;
    if (at == end) return at;
    const Char next = char_at(at, end);
    if (next.char_class != CharClass::letter) return at;
    at += next.size;
  }
}

// The end of [^\s\p{L}\p{N}]*[\r\n]*
inline const char* others_end(const char* at, const char* end) {
  while (at != end) {
    const Char next = char_at(at, end);
    if (next.char_class != CharClass::other) break;
    at += next.size;
  }
  while (at != end && is_newline(*at)) ++at;
  return at;
}

// `at` is behind the first of at most `most` numbers.
inline const char* numbers_end(const char* at, const char* end, int most) {
  for (int taken = 1; taken < most && at != end; ++taken) {
    const Char next = char_at(at, end);
    if (next.char_class != CharClass::number) break;
    at += next.size;
  }
  return at;
}

// The piece of a run of blanks, none of which belongs to a word behind it: up to the last line break, or else all but
// the last blank, which the next piece may want, or else the blank.
inline const char* blanks_end(const char* begin, const char* end) {
  const char* behind_newline = nullptr;
  const char* last = begin;
  const char* at = begin;
  while (at != end) {
    const Char next = char_at(at, end);
    if (next.char_class != CharClass::blank) break;
    last = at;
    at += next.size;
    if (is_newline(*last)) behind_newline = at;
  }
  if (behind_newline != nullptr) return behind_newline;
  if (at == end || last == begin) return at;
  return last;
}

// The end of 's and its like, without regard to case; nullptr if there is none. *begin is an apostrophe.
inline const char* contraction_end(const char* begin, const char* end) {
  const auto left = end - begin;
  if (left < 2) return nullptr;
  const auto lower = [begin](int i) { return static_cast<char>(begin[i] | 0x20); };
  switch (lower(1)) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return begin + 2;
    case 'r':
    case 'v':
      return left >= 3 && lower(2) == 'e' ? begin + 3 : nullptr;
    case 'l':
      return left >= 3 && lower(2) == 'l' ? begin + 3 : nullptr;
    default:
      return left >= 3 && begin[1] == '\xC5' && begin[2] == '\xBF' ? begin + 3 : nullptr;
  }
}

}  // namespace detail

// Where the piece ends that begins at `begin`. Requires begin < end, and `begin` to be the beginning of the text or the
// end of a piece.
template <Split kSplit>
inline const char* piece_end(const char* begin, const char* end) {
  static_assert(kSplit == Split::qwen2 || kSplit == Split::llama3);
  using unicode::CharClass;
  if (end - begin >= 5) {  // most pieces of Korean text: a word in Hangul, perhaps with a space before it
    const char* const word = begin + (*begin == ' ' ? 1 : 0);
    if (detail::is_hangul_syllable(word)) return detail::letters_end(word + 3, end);
  }
  const detail::Char first = detail::char_at(begin, end);
  const char* const at = begin + first.size;
  switch (first.char_class) {
    case CharClass::letter:
      return detail::letters_end(at, end);
    case CharClass::number:
      return detail::numbers_end(at, end, kSplit == Split::llama3 ? 3 : 1);
    case CharClass::blank:
      if (at != end && !detail::is_newline(*begin)) {
        const detail::Char second = detail::char_at(at, end);
        if (second.char_class == CharClass::letter) return detail::letters_end(at + second.size, end);
        if (second.char_class == CharClass::other && *begin == ' ') return detail::others_end(at + second.size, end);
      }
      return detail::blanks_end(begin, end);
    case CharClass::other:
      break;
  }
  if (*begin == '\'') {
    if (const char* const contraction = detail::contraction_end(begin, end)) return contraction;
  }
  if (at != end) {
    const detail::Char second = detail::char_at(at, end);
    if (second.char_class == CharClass::letter) return detail::letters_end(at + second.size, end);
  }
  return detail::others_end(at, end);
}

}  // namespace ktl::tokenizer

#pragma once
// Cuts text into the pieces that byte-level BPE merges each on its own, as the regular expression of Qwen2 and Llama-3
// does, by hand and inline:
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// with \p{N}{1,3} in place of \p{N} for Llama-3. Ignoring case, s is also U+017F (long s).
//
// Most pieces are told by a window of sixteen bytes (text_window.h), the others character by character.
//
// Pure, thread-safe, no allocation. Cutting a whole text piece by piece is linear: beside the window that a piece
// begins with, a run of blanks is looked at no more than three times, anything else twice. Malformed bytes count as
// characters of class `other`.
#include <array>
#include <bit>

#include "tokenizer/text_window.h"
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

inline bool is_newline(char c) {
  return c == '\n' || c == '\r';
}

// Where fewer bytes of a window are common letters, another character follows, and none that could be one but for the
// end of the window.
inline constexpr int kLettersKnown = kTextWindow - 2;

inline const char* letters_end(const char* at, const char* end) {
  while (at != end) {
    if (may_begin_common_letter(*at) && end - at >= kTextWindow) {
      const int size = std::countr_one(common_letters(at));
      at += size;
      if (size >= kLettersKnown) continue;
    }
    const Char next = char_at(at, end);
    if (next.char_class != CharClass::letter) break;
    at += next.size;
  }
  return at;
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

// `at` is behind the first number.
template <Split kSplit>
const char* numbers_end(const char* at, const char* end) {
  constexpr int kMost = kSplit == Split::llama3 ? 3 : 1;
  for (int taken = 1; taken < kMost && at != end; ++taken) {
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

// The end of any piece.
template <Split kSplit>
const char* other_piece_end(const char* begin, const char* end) {
  const Char first = char_at(begin, end);
  const char* const at = begin + first.size;
  switch (first.char_class) {
    case CharClass::letter:
      return letters_end(at, end);
    case CharClass::number:
      return numbers_end<kSplit>(at, end);
    case CharClass::blank:
      if (at != end && !is_newline(*begin)) {
        const Char second = char_at(at, end);
        if (second.char_class == CharClass::letter) return letters_end(at + second.size, end);
        if (second.char_class == CharClass::other && *begin == ' ') return others_end(at + second.size, end);
      }
      return blanks_end(begin, end);
    case CharClass::other:
      break;
  }
  if (*begin == '\'') {
    if (const char* const contraction = contraction_end(begin, end)) return contraction;
  }
  if (at != end) {
    const Char second = char_at(at, end);
    if (second.char_class == CharClass::letter) return letters_end(at + second.size, end);
  }
  return others_end(at, end);
}

// The end of a piece in which no common letter was found. Requires kTextWindow readable bytes.
template <Split kSplit>
const char* sign_piece_end(const char* begin, const char* end) {
  if (*begin >= '0' && *begin <= '9') return numbers_end<kSplit>(begin + 1, end);
  const int blank = *begin == ' ' ? 1 : 0;
  const int signs = std::countr_one(ascii_signs(begin) >> blank);
  const char* at = begin + blank + signs;
  if (signs == 0 || *begin == '\'' || blank + signs == kTextWindow || static_cast<unsigned char>(*at) >= 0x80)
    return other_piece_end<kSplit>(begin, end);
  while (at != end && is_newline(*at)) ++at;
  return at;
}

// Whether a byte of ASCII may stand before the letters of a piece. An apostrophe is left out: what follows may be a
// contraction.
inline constexpr std::array<bool, 256> kLeadsLetters = [] {
  std::array<bool, 256> leads{};
  for (char32_t c = 0; c < 0x80; ++c) {
    const bool is_digit = c >= '0' && c <= '9';
    leads[c] = !is_common_letter(c) && !is_digit && c != '\n' && c != '\r' && c != '\'';
  }
  return leads;
}();

}  // namespace detail

// Where the piece ends that begins at `begin`. Requires begin < end, and `begin` to be the beginning of the text or the
// end of a piece.
template <Split kSplit>
[[gnu::always_inline]] inline const char* piece_end(const char* begin, const char* end) {
  static_assert(kSplit == Split::qwen2 || kSplit == Split::llama3);
  if (end - begin >= kTextWindow) {  // most pieces are words
    const int lead = detail::kLeadsLetters[static_cast<unsigned char>(*begin)] ? 1 : 0;
    const int letters = std::countr_one(common_letters(begin) >> lead);
    if (letters != 0) [[likely]] {
      const char* const at = begin + lead + letters;
      if (lead + letters < detail::kLettersKnown && static_cast<unsigned char>(*at) < 0x80) [[likely]]
        return at;
      return detail::letters_end(at, end);
    }
    return detail::sign_piece_end<kSplit>(begin, end);
  }
  return detail::other_piece_end<kSplit>(begin, end);
}

}  // namespace ktl::tokenizer

#pragma once
// What a text is made of, in code points: the figures that the quick estimate is computed from.
//
// Total and linear. A code point begins at every byte that is not a UTF-8 continuation byte, and its first bytes decide
// what it is; for well-formed UTF-8 that is the usual meaning, and on malformed input it is still one definite answer.
#include <cstdint>
#include <string_view>

namespace ktl::tokenizer {

struct Composition {
  std::int64_t hangul = 0;         // syllables, U+AC00..U+D7AF
  std::int64_t ascii_letters = 0;  // A-Z a-z
  std::int64_t digits = 0;         // 0-9
  std::int64_t blanks = 0;         // space and the ASCII controls \t \n \v \f \r
  std::int64_t other = 0;          // all else: punctuation, Hanja, Jamo, emoji, …

  std::int64_t code_points() const { return hangul + ascii_letters + neither(); }
  std::int64_t neither() const { return digits + blanks + other; }  // Hangul nor Latin

  Composition& operator+=(const Composition& more) {
    hangul += more.hangul;
    ascii_letters += more.ascii_letters;
    digits += more.digits;
    blanks += more.blanks;
    other += more.other;
    return *this;
  }
  friend bool operator==(const Composition&, const Composition&) = default;
};

// 16 bytes at a time: for the path of every request.
Composition composition(std::string_view text);

}  // namespace ktl::tokenizer

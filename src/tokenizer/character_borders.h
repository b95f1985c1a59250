#pragma once
// Where byte-level text may be cut between two characters of three bytes (Hangul, Han, kana) since no merge ever joins
// what stands on both sides: each part is merged on its own.
//
// A merge across such a border has a left part that ends with the first character, or with its last bytes alone, and a
// right part that begins with the second one, or is its first bytes alone. Two flags for each character tell whether
// the vocabulary has such merges; most characters are rare, and free on at least one side. So many stand alone, and how
// many tokens they then make is told beside the flags.
//
// Made for any bytes, well-formed or not. Immutable, safe from any thread.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tokenizer/built_tables.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/words.h"

namespace ktl::tokenizer {

class CharacterBorders {
 public:
  static constexpr std::size_t kCharacterBytes = 3;

  // How many tokens the three bytes there make on their own, 1 to 3.
  using TokensOf = std::function<std::uint32_t(const char* character)>;

  // Takes its table out of `given` if it fits.
  CharacterBorders(const Vocabulary& vocabulary, const TokensOf& tokens_of, BuiltTables& given);

  // How many tokens the character of three bytes that stands there makes on its own; 0 if there is none.
  std::uint32_t tokens_at(const char* at, const char* end) const {
    const std::uint8_t flags = flags_at(at, end);
    return flags != kNone ? flags >> kTokensShift : 0;
  }

  // The first place behind `at` where the text may be cut, or `end`. Requires at < end.
  const char* next(const char* at, const char* end) const {
    std::uint8_t before = flags_at(at, end);
    at += before != kNone ? kCharacterBytes : 1;
    while (at != end) {
      const std::uint8_t behind = flags_at(at, end);
      if (before != kNone && behind != kNone && ((before & kJoinsRight) == 0 || (behind & kJoinsLeft) == 0)) return at;
      before = behind;
      at += behind != kNone ? kCharacterBytes : 1;
    }
    return end;
  }

  // Whether the text begins with a rare character, perhaps behind a blank, so that it is worth to look for cuts in a
  // short one. Hangul is not rare. Requires at < end.
  bool begins_rarely(const char* at, const char* end) const {
    if (*at == ' ') ++at;
    const std::uint8_t flags = flags_at(at, end);
    return flags != kNone && (flags & kFlags) != kFlags && (static_cast<unsigned char>(*at) < 0xea || static_cast<unsigned char>(*at) > 0xed);
  }

  void write(BuiltTables& tables) const;

 private:
  static constexpr std::size_t kCharacters = std::size_t{1} << 16;  // by the 16 free bits of three bytes
  static constexpr std::uint8_t kJoinsRight = 1;
  static constexpr std::uint8_t kJoinsLeft = 2;
  static constexpr std::uint8_t kFlags = kJoinsRight | kJoinsLeft;
  static constexpr int kTokensShift = 2;
  static constexpr std::uint8_t kNone = 0xff;  // no character of three bytes

  static std::vector<std::uint8_t> flags_of(const Vocabulary& vocabulary, const TokensOf& tokens_of);
  static bool is_character(std::uint64_t word) { return (word & 0xc0c0f0) == 0x8080e0; }
  static std::size_t number_of(std::uint64_t word) {
    return (word & 0x0f) << 12 | (word >> 2 & 0x0fc0) | (word >> 16 & 0x3f);
  }
  std::uint8_t flags_at(const char* at, const char* end) const {
    if (end - at < 3) return kNone;
    const std::uint64_t word = end - at >= 4 ? Words::number<std::uint32_t>(at) : Words::load_just(at, 3).low;
    return is_character(word) ? flags_[number_of(word)] : kNone;
  }

  std::vector<std::uint8_t> flags_;  // by character: flags, and tokens above them
};

}  // namespace ktl::tokenizer

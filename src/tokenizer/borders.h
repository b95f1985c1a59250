#pragma once
// Where a text may be cut since no merge ever joins what stands on both sides, in vocabularies of characters: each part
// is encoded on its own.
//
// A merge joins the last character of its left part with the first of its right one. Two characters whose bytes next to
// the border meet in no merge are never joined; so SOLAR's tables tell that it may be cut before a blank behind
// something else, around digits and line breaks, and between most signs and letters. And many characters are joined
// with nothing at all, there all Hangul: each of these loners is a token, or its bytes are, whatever stands beside it,
// so that a run of them is counted by one look at a small table for each.
//
// Loners are told among characters of three bytes. In a vocabulary with tokens that are not well-formed UTF-8 there are
// none, and no borders, for there a token could begin inside a character. Immutable, safe from any thread.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/token_index.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/words.h"

namespace ktl::tokenizer {

class Borders {
 public:
  // `index` holds the vocabulary's whole tokens, with a plain blank for "▁", as the text has it.
  Borders(const Vocabulary& vocabulary, const TokenIndex& index);

  struct Run {
    const char* end;
    std::size_t tokens;
  };
  // As many loners as stand from `at` on, where the text may be cut; among them also each ASCII character that has a
  // loner behind it and such a place before it.
  Run loners(const char* at, const char* end) const {
    std::size_t tokens = 0;
    while (true) {
      const std::uint64_t word = beginning(at, end);
      const std::uint32_t ascii = (word & 0x80) == 0 ? 1 : 0;
      const std::uint32_t cost = cost_of(word >> (8 * ascii));
      if (cost == 0) return {at, tokens};
      tokens += ascii + cost;
      at += ascii + 3;
    }
  }

  // The last place of `at` + 1 to `end` where ASCII text may be cut; `at` if there is none. `end` is readable.
  const char* last(const char* at, const char* end) const {
    while (end != at && may_join(static_cast<unsigned char>(end[-1]), static_cast<unsigned char>(*end))) --end;
    return end;
  }

  // The first place behind `at` where the text may be cut. Requires at < end.
  [[gnu::always_inline]] const char* next(const char* at, const char* end) const {
    const auto byte = [](const char* of) { return static_cast<unsigned char>(*of); };
    for (++at; at != end; ++at) {
      if (!may_join(byte(at - 1), byte(at)) || (byte(at) >= 0xe0 && cost_of(beginning(at, end)) != 0)) break;
    }
    return at;
  }

 private:
  bool may_join(unsigned char before, unsigned char behind) const {
    return (joined_[kRow * before + behind / 64] >> (behind % 64) & 1) != 0;
  }
  // Four bytes, or zero behind the end.
  static std::uint64_t beginning(const char* at, const char* end) {
    if (end - at >= 4) [[likely]]
      return Words::number<std::uint32_t>(at);
    return Words::load_just(at, static_cast<std::size_t>(end - at)).low;
  }
  // Tokens of the loner that `word` begins with; 0: there is none.
  std::uint32_t cost_of(std::uint64_t word) const {
    const std::uint64_t code_point = (word & 0x0f) << 12 | (word >> 2 & 0x0fc0) | (word >> 16 & 0x3f);
    return (word & 0xc0c0f0) == 0x8080e0 ? costs_[code_point] : 0;
  }

  static constexpr std::size_t kRow = 256 / 64;
  std::vector<std::uint64_t> joined_;  // a bit for each two bytes
  std::vector<std::uint8_t> costs_;    // by code point
};

}  // namespace ktl::tokenizer

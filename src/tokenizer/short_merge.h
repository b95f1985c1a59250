#pragma once
// Merges up to 64 ASCII characters as byte-pair encoding is defined: for text that has no long tokens.
//
// Of the joins in such text most are of two letters, and of these most are *sure*: a pair will be joined, whatever
// stands around it, if each merge that would part it comes later than the one that joins it, and nothing made of the
// pair comes earlier. Sure pairs are joined at once, in any order, since until its turn no merge looks at their
// letters, and then it joins them. What is left is joined lowest rank first.
//
// Places are bytes from the beginning; sets of them are the bits of a word.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tokenizer/byte_letters.h"
#include "tokenizer/indexed_token.h"
#include "tokenizer/pair_ranks.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class ShortMerge {
 public:
  static constexpr std::size_t kMost = 64;

  static bool is_ascii(std::string_view text) {
    unsigned char bits = 0;
    for (const char c : text) bits |= static_cast<unsigned char>(c);
    return bits < 0x80;
  }

  // Of 1 to kMost ASCII characters. Nothing is joined across a wall: `walls` are places that it stands before.
  ShortMerge(std::string_view text, std::uint64_t walls, const ByteLetters& letters, const PairRanks& ranks,
             std::span<const Merge> merges);

  TokenId first() const { return ids_[0]; }
  std::size_t tokens() const { return static_cast<std::size_t>(std::popcount(begins_)); }
  // Calls take(const Match&) for each token in order, as long as it says true.
  template <class Take>
  void each(Take take) const {
    for (std::uint64_t begins = begins_; begins != 0;) {
      const auto at = static_cast<std::uint32_t>(std::countr_zero(begins));
      begins &= begins - 1;
      const std::uint32_t end = begins != 0 ? static_cast<std::uint32_t>(std::countr_zero(begins)) : size_;
      if (!take(Match{ids_[at], end - at})) return;
    }
  }

 private:
  struct Sight;
  class Joins;
  Sight look(std::string_view text, const ByteLetters& letters);
  void find_joins(const Sight& sight, std::uint64_t ends, const PairRanks& ranks, Joins& joins) const;
  void join(Joins& joins, std::uint64_t walls, const PairRanks& ranks);

  std::uint32_t size_;
  std::uint64_t begins_ = 0;  // where a token begins
  TokenId ids_[kMost];        // of the token that begins there
};

}  // namespace ktl::tokenizer

#pragma once
// Merges up to 64 ASCII characters as byte-pair encoding is defined: for text that has no long tokens.
//
// Of the joins in such text most are of two letters, and of these most are *sure*: a pair will be joined, whatever
// stands around it, if each merge that would part it comes later than the one that joins it, and nothing made of the
// pair comes earlier. Sure pairs are joined at once, in any order, since until its turn no merge looks at their
// letters, and then it joins them. What is left is joined lowest rank first.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/indexed_token.h"
#include "tokenizer/pair_ranks.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

// What merging single bytes starts from: the token of each, and which merges join two of them or part them.
class ByteLetters {
 public:
  static constexpr std::size_t kAll = 256;

  ByteLetters() = default;
  ByteLetters(const std::array<TokenId, kAll>& ids, const Vocabulary& vocabulary);

  TokenId id(unsigned char c) const { return ids_[c]; }
  Rank rank(unsigned char left, unsigned char right) const { return ranks_[kAll * left + right]; }

  // Of two ASCII characters side by side.
  struct Pair {
    Rank rank = kNoMerge;      // of the merge that joins them, if it may be sure
    TokenId both = 0;          // what it makes
    Rank to_right = kNoMerge;  // of the first merge of the left one alone with something that begins as the right one
    Rank to_left = kNoMerge;   // of the first merge of something that ends as the left one with the right one alone
  };
  const Pair& pair(char left, char right) const {
    return pairs_[kAscii * static_cast<unsigned char>(left) + static_cast<unsigned char>(right)];
  }
  std::size_t bytes() const { return ranks_.capacity() * sizeof(Rank) + pairs_.capacity() * sizeof(Pair); }

 private:
  static constexpr std::size_t kAscii = 128;

  std::array<TokenId, kAll> ids_{};
  std::vector<Rank> ranks_;
  std::vector<Pair> pairs_;
};

class ShortMerge {
 public:
  static constexpr std::size_t kMost = 64;

  // Of 1 to kMost ASCII characters.
  ShortMerge(std::string_view text, const ByteLetters& letters, const PairRanks& ranks, std::span<const Merge> merges);

  TokenId first() const { return ids_[0]; }
  // Calls take(const Match&) for each token in order, as long as it says true.
  template <class Take>
  void each(Take take) const {
    for (std::uint32_t unit = 0; unit != units_; unit = next_[unit]) {
      if (!take(Match{ids_[unit], static_cast<std::uint32_t>(begins_[next_[unit]] - begins_[unit])})) return;
    }
  }

 private:
  void join_sure(std::string_view text, const ByteLetters& letters);
  void join_others(const PairRanks& ranks, std::span<const Merge> merges);

  // Units are what join_sure() leaves: letters and sure pairs, by their number.
  std::uint32_t units_ = 0;
  TokenId ids_[kMost];
  std::uint8_t begins_[kMost + 1];
  // Of the token that begins with a unit: the unit behind it, and the one that the token before it begins with.
  std::uint8_t next_[kMost];
  std::uint8_t previous_[kMost + 1];
};

}  // namespace ktl::tokenizer

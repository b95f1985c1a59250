#pragma once
// Merges up to 32 ASCII characters as byte-pair encoding is defined, lowest rank first, in small arrays: for text that
// has no long tokens, a few hundred instructions.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/indexed_token.h"
#include "tokenizer/pair_ranks.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

// What merging single bytes starts from: the token of each, and which merge joins two of them.
class ByteLetters {
 public:
  static constexpr std::size_t kAll = 256;

  ByteLetters() = default;
  ByteLetters(const std::array<TokenId, kAll>& ids, std::span<const Merge> merges);

  TokenId id(unsigned char c) const { return ids_[c]; }
  Rank rank(unsigned char left, unsigned char right) const { return ranks_[kAll * left + right]; }
  std::size_t bytes() const { return ranks_.capacity() * sizeof(Rank); }

 private:
  std::array<TokenId, kAll> ids_{};
  std::vector<Rank> ranks_;
};

class ShortMerge {
 public:
  static constexpr std::size_t kMost = 32;

  // Of 1 to kMost ASCII characters.
  ShortMerge(std::string_view text, const ByteLetters& letters, const PairRanks& ranks, std::span<const Merge> merges);

  TokenId first() const { return ids_[0]; }
  // Calls take(const Match&) for each token in order, as long as it says true.
  template <class Take>
  void each(Take take) const {
    for (std::uint32_t at = 0; at != size_ && take(Match{ids_[at], next_[at] - at}); at = next_[at]) {
    }
  }

 private:
  // A join that may be done: its rank, and below that where its left part begins; so of equals the leftmost is lowest.
  static constexpr std::int32_t kNone = 0x7fffffff;
  static constexpr int kPlaceBits = 5;
  static_assert(kMost == 1 << kPlaceBits && (std::uint64_t{SlotTable::kMaxNumber} << kPlaceBits) < kNone);
  static std::int32_t join_of(Rank rank, std::uint32_t at) {
    return rank == kNoMerge ? kNone : static_cast<std::int32_t>(rank << kPlaceBits | at);
  }
  std::int32_t lowest() const {
    std::int32_t lowest = kNone;
    for (const std::int32_t join : joins_) lowest = join < lowest ? join : lowest;
    return lowest;
  }

  std::uint32_t size_;
  std::array<std::int32_t, kMost> joins_;  // by the place of the left part
  // Of the token that begins at a place:
  TokenId ids_[kMost];
  std::uint8_t next_[kMost];  // where the one behind it begins
  std::uint8_t previous_[kMost + 1];
};

}  // namespace ktl::tokenizer

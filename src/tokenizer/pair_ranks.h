#pragma once
// Which merge joins two tokens: an open-addressing table from (left, right) to the merge's rank, its index in
// Vocabulary::merges. Most pairs have none, so a bit per hash is looked at first. Immutable, safe from any thread.
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

using Rank = std::uint32_t;
inline constexpr Rank kNoMerge = ~Rank{0};

class PairRanks {
 public:
  explicit PairRanks(std::span<const Merge> merges);

  Rank of(TokenId left, TokenId right) const {
    const std::uint64_t hash = hash_of(left, right);
    const std::uint64_t bit = hash >> filter_shift_;
    if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) return kNoMerge;
    return find(hash, left, right);
  }

  std::size_t bytes() const { return slots_.capacity() * sizeof(Slot) + filter_.capacity() * sizeof(std::uint64_t); }

 private:
  struct Slot {
    TokenId left = 0;
    TokenId right = 0;
    Rank rank = kNoMerge;
  };

  static std::uint64_t hash_of(TokenId left, TokenId right) {
    const std::uint64_t both = std::uint64_t{left} << 32 | right;
    return (both ^ both >> 29) * 0x9e3779b97f4a7c15u;
  }
  Rank find(std::uint64_t hash, TokenId left, TokenId right) const;

  std::vector<Slot> slots_;
  std::vector<std::uint64_t> filter_;
  int slot_shift_ = 0;
  int filter_shift_ = 0;
};

}  // namespace ktl::tokenizer

#pragma once
// Which merge joins two tokens: from (left, right) to the merge's rank, its index in Vocabulary::merges. Most pairs
// have none, so a bit per hash is looked at first. A slot holds the pair and the rank in one word, so that an answer is
// one cache miss. Immutable, safe from any thread.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/bit_filter.h"
#include "tokenizer/built_tables.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {

using Rank = std::uint32_t;
inline constexpr Rank kNoMerge = ~Rank{0};
inline constexpr Rank kMaxRank = kMaxMerges - 1;

class PairRanks {
 public:
  // Of merges that join the same two the first counts. Ids and ranks have 21 bits. Takes its tables out of `given` if
  // they fit.
  PairRanks(std::span<const Merge> merges, BuiltTables& given);

  Rank of(TokenId left, TokenId right) const {
    const std::uint64_t hash = hash_of(left, right);
    return filter_.may_hold(hash) ? find(hash, left, right) : kNoMerge;
  }

  // Perhaps a merge joins them; of() will be asked next.
  bool may_join(TokenId left, TokenId right) const { return filter_.may_hold(hash_of(left, right)); }

  // Whether two merges may join the same two. Tables that were given do not tell.
  bool may_have_repeats() const { return may_have_repeats_; }

  void write(BuiltTables& tables) const;
  std::size_t bytes() const { return slots_.capacity() * sizeof(std::uint64_t) + filter_.bytes(); }

 private:
  static constexpr int kBits = 21;
  static constexpr std::uint64_t kRankMask = (std::uint64_t{1} << kBits) - 1;

  bool take(std::size_t merges, BuiltTables& given);
  void fill(std::span<const Merge> merges);
  static std::uint64_t pair_of(TokenId left, TokenId right) { return std::uint64_t{left} << kBits | right; }
  static std::uint64_t hash_of(TokenId left, TokenId right) {
    const std::uint64_t both = std::uint64_t{left} << 32 | right;
    return (both ^ both >> 29) * 0x9e3779b97f4a7c15u;
  }

  Rank find(std::uint64_t hash, TokenId left, TokenId right) const {
    const std::uint64_t pair = pair_of(left, right);
    for (std::size_t at = hash >> slot_shift_;; at = (at + 1) & (slots_.size() - 1)) {
      const std::uint64_t slot = slots_[at];
      if (slot >> kBits == pair && slot != 0) return static_cast<Rank>(slot & kRankMask) - 1;
      if (slot == 0) return kNoMerge;
    }
  }

  BitFilter filter_;
  std::vector<std::uint64_t> slots_;  // left, right, rank + 1; 0: free
  int slot_shift_;
  bool may_have_repeats_ = false;
};

}  // namespace ktl::tokenizer

#pragma once
// Which merge joins two tokens: from (left, right) to the merge's rank, its index in Vocabulary::merges. Most pairs
// have none, so a bit per hash is looked at first. Immutable, safe from any thread.
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/built_tables.h"
#include "tokenizer/slot_table.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

using Rank = std::uint32_t;
inline constexpr Rank kNoMerge = SlotTable::kNone;

class PairRanks {
 public:
  // Of merges that join the same two the first counts. `merges` must outlive this. Takes its tables out of `given` if
  // they fit.
  PairRanks(std::span<const Merge> merges, BuiltTables& given);

  Rank of(TokenId left, TokenId right) const {
    const std::uint64_t hash = hash_of(left, right);
    const std::uint64_t bit = hash >> filter_shift_;
    if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) return kNoMerge;
    return find(hash, left, right);
  }

  // Whether two merges may join the same two. Tables that were given do not tell.
  bool may_have_repeats() const { return may_have_repeats_; }

  void write(BuiltTables& tables) const;
  std::size_t bytes() const { return slots_.bytes() + filter_.capacity() * sizeof(std::uint64_t); }

 private:
  void fill(std::span<const Merge> merges);
  static std::uint64_t hash_of(TokenId left, TokenId right) {
    const std::uint64_t both = std::uint64_t{left} << 32 | right;
    return (both ^ both >> 29) * 0x9e3779b97f4a7c15u;
  }

  Rank find(std::uint64_t hash, TokenId left, TokenId right) const {
    return slots_.find(hash, [&](std::uint32_t rank) {
      const Merge& merge = merges_[rank];
      return merge.left == left && merge.right == right;
    });
  }

  const Merge* merges_;
  SlotTable slots_{0};
  std::vector<std::uint64_t> filter_;
  int filter_shift_;
  bool may_have_repeats_ = false;
};

}  // namespace ktl::tokenizer

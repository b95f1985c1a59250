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
    return may_hold(hash) ? find(hash, left, right) : kNoMerge;
  }

  // Whether a merge of a rank below `limit` joins them. A merge beyond it is not looked at.
  bool below(Rank limit, TokenId left, TokenId right) const {
    const std::uint64_t hash = hash_of(left, right);
    if (!may_hold(hash)) return false;
    return slots_.find(hash, [&](Rank rank) { return rank < limit && joins(rank, left, right); }) != kNoMerge;
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

  bool may_hold(std::uint64_t hash) const {
    const std::uint64_t bit = hash >> filter_shift_;
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  bool joins(Rank rank, TokenId left, TokenId right) const {
    return merges_[rank].left == left && merges_[rank].right == right;
  }
  Rank find(std::uint64_t hash, TokenId left, TokenId right) const {
    return slots_.find(hash, [&](Rank rank) { return joins(rank, left, right); });
  }

  const Merge* merges_;
  SlotTable slots_{0};
  std::vector<std::uint64_t> filter_;
  int filter_shift_;
  bool may_have_repeats_ = false;
};

}  // namespace ktl::tokenizer

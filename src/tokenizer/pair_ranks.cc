#include "tokenizer/pair_ranks.h"

#include <algorithm>

namespace ktl::tokenizer {

PairRanks::PairRanks(std::span<const Merge> merges) {
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(merges.size() + merges.size() / 2, 16));
  const std::size_t filter_bits = slots * 16;
  slots_.resize(slots);
  filter_.resize(filter_bits / 64);
  slot_shift_ = 64 - std::countr_zero(slots);
  filter_shift_ = 64 - std::countr_zero(filter_bits);
  for (Rank rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, result] = merges[rank];
    const std::uint64_t hash = hash_of(left, right);
    const std::uint64_t bit = hash >> filter_shift_;
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    std::size_t at = hash >> slot_shift_;
    while (slots_[at].rank != kNoMerge) at = (at + 1) & (slots - 1);
    slots_[at] = {left, right, rank};
  }
}

Rank PairRanks::find(std::uint64_t hash, TokenId left, TokenId right) const {
  for (std::size_t at = hash >> slot_shift_;; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.rank == kNoMerge || (slot.left == left && slot.right == right)) return slot.rank;
  }
}

}  // namespace ktl::tokenizer

#include "tokenizer/pair_ranks.h"

#include <bit>
#include <optional>
#include <utility>

namespace ktl::tokenizer {

PairRanks::PairRanks(std::span<const Merge> merges, BuiltTables& given) : merges_(merges.data()) {
  const std::size_t bits = std::bit_ceil(16 * merges.size() + 64);
  filter_shift_ = 64 - std::countr_zero(bits);
  filter_ = std::move(given.pair_filter);
  if (filter_.size() == bits / 64) {
    if (auto slots = SlotTable::filled(merges.size(), std::move(given.pair_slots))) {
      slots_ = *std::move(slots);
      may_have_repeats_ = true;
      return;
    }
  }
  filter_.assign(bits / 64, 0);
  slots_ = SlotTable(merges.size());
  fill(merges);
}

void PairRanks::fill(std::span<const Merge> merges) {
  for (Rank rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, result] = merges[rank];
    const std::uint64_t hash = hash_of(left, right);
    const std::uint64_t bit = hash >> filter_shift_;
    std::uint64_t& word = filter_[bit / 64];
    if ((word >> (bit % 64) & 1) != 0 && find(hash, left, right) != kNoMerge) {
      may_have_repeats_ = true;
      continue;
    }
    word |= std::uint64_t{1} << (bit % 64);
    slots_.add(hash, rank);
  }
}

void PairRanks::write(BuiltTables& tables) const {
  tables.pair_filter = filter_;
  tables.pair_slots = slots_.lines();
}

}  // namespace ktl::tokenizer

#include "tokenizer/pair_ranks.h"

#include <bit>

namespace ktl::tokenizer {

PairRanks::PairRanks(std::span<const Merge> merges) : merges_(merges.data()), slots_(merges.size()) {
  const std::size_t bits = std::bit_ceil(16 * merges.size() + 64);
  filter_.resize(bits / 64);
  filter_shift_ = 64 - std::countr_zero(bits);
  for (Rank rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, result] = merges[rank];
    const std::uint64_t hash = hash_of(left, right);
    const std::uint64_t bit = hash >> filter_shift_;
    std::uint64_t& word = filter_[bit / 64];
    if ((word >> (bit % 64) & 1) != 0 && find(hash, left, right) != kNoMerge) {
      has_repeats_ = true;
      continue;
    }
    word |= std::uint64_t{1} << (bit % 64);
    slots_.add(hash, rank);
  }
}

}  // namespace ktl::tokenizer

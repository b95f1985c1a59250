#include "tokenizer/pair_ranks.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ktl::tokenizer {
namespace {

std::size_t slots_for(std::size_t merges) {
  return std::bit_ceil(merges + merges / 2 + 2);
}

}  // namespace

PairRanks::PairRanks(std::span<const Merge> merges, BuiltTables& given)
    : slot_shift_(64 - std::countr_zero(slots_for(merges.size()))) {
  if (take(merges.size(), given)) {
    may_have_repeats_ = true;
  } else {
    fill(merges);
  }
}

// A table without free slots would be searched for ever, one with few for long, and a rank beyond the merges has no
// result.
bool PairRanks::take(std::size_t merges, BuiltTables& given) {
  if (given.pair_filter.size() != BitFilter::words_for(merges) || given.pair_slots.size() != slots_for(merges))
    return false;
  std::size_t used = 0;
  std::uint64_t last = 0;
  for (const std::uint64_t slot : given.pair_slots) {
    used += slot != 0 ? 1 : 0;
    last = std::max(last, slot & kRankMask);
    if (slot != 0 && (slot & kRankMask) == 0) return false;
  }
  if (used > merges || last > merges) return false;
  filter_ = BitFilter(std::move(given.pair_filter));
  slots_ = std::move(given.pair_slots);
  return true;
}

void PairRanks::fill(std::span<const Merge> merges) {
  filter_ = BitFilter(std::vector<std::uint64_t>(BitFilter::words_for(merges.size())));
  slots_.assign(slots_for(merges.size()), 0);
  for (Rank rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, result] = merges[rank];
    const std::uint64_t hash = hash_of(left, right);
    if (filter_.may_hold(hash) && find(hash, left, right) != kNoMerge) {
      may_have_repeats_ = true;
      continue;
    }
    filter_.add(hash);
    std::size_t at = hash >> slot_shift_;
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = pair_of(left, right) << kBits | (rank + 1);
  }
}

void PairRanks::write(BuiltTables& tables) const {
  tables.pair_filter = filter_.words();
  tables.pair_slots = slots_;
}

}  // namespace ktl::tokenizer

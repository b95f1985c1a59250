#pragma once
// Byte pair encoding as it is defined: of all adjacent pairs that a merge joins, the one of the lowest rank, the
// leftmost among equals, is joined; until no merge applies. n log n. Tables are built with it and doubtful cases
// decided; text is encoded by matching.h.
#include <span>
#include <vector>

#include "tokenizer/pair_ranks.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

void merge_symbols(std::vector<TokenId>& symbols, const PairRanks& ranks, std::span<const Merge> merges);

}  // namespace ktl::tokenizer

#pragma once
// The tables of an encoder whose entries lie scattered, and which therefore are dear to build: the compact file holds
// them as they were built from the same vocabulary (compact_file.h).
//
// Who uses them trusts that they are these, for proving it would cost what building does; but wrong ones do no harm.
// A token that a table finds is compared with the text, and a merge is one of the vocabulary's, so they can only make
// the encoder miss tokens, or take merges for others, that is, encode and count otherwise. Tables that could do more do
// not fit, and are built anew.
#include <cstdint>
#include <vector>

#include "tokenizer/slot_table.h"

namespace ktl::tokenizer {

struct BuiltTables {
  std::vector<std::uint64_t> regular;  // a bit by rank: the merge makes a regular token (merge_forest.h)
  std::vector<std::uint64_t> pair_filter;
  std::vector<std::uint64_t> pair_slots;     // pair_ranks.h
  std::vector<SlotTable::Line> token_slots;  // token_index.h, of whole tokens
  std::vector<std::uint8_t> few;
  std::vector<std::uint16_t> some;
  std::vector<std::uint8_t> characters;
  std::vector<std::uint64_t> character_pairs;  // character_borders.h; both are empty in sentencepiece

  bool empty() const { return regular.empty(); }
};

}  // namespace ktl::tokenizer

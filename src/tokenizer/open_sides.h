#pragma once
// On which sides a token may be joined with what stands beside it: a quick answer to most questions of neighbourhood
// (merge_forest.h) in vocabularies of characters, where many are joined with nothing.
//
// Joining the texts of two neighbours starts with a merge of a token that ends the left one, at some stage of its
// making, with one that begins the right one. So if no merge has any of the former as its left part, or none any of the
// latter as its right, the two can stand side by side. In byte-level vocabularies every side is open, since every byte
// is joined with something. Made in linear time. Immutable, safe from any thread.
#include <cstdint>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class OpenSides {
 public:
  explicit OpenSides(const Vocabulary& vocabulary);

  // False: nothing joins them, so they are compatible. True: something may.
  bool may_join(TokenId left, TokenId right) const {
    return sides_.empty() || (sides_[left] & sides_[right] >> kLeftShift & kRight) != 0;
  }

 private:
  static constexpr std::uint8_t kRight = 1;  // may be joined with what stands to its right
  static constexpr int kLeftShift = 1;
  static constexpr std::uint8_t kLeft = kRight << kLeftShift;

  std::vector<std::uint8_t> sides_;  // by token; empty: all are open
};

}  // namespace ktl::tokenizer

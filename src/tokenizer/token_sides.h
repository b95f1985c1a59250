#pragma once
// The first and the last byte of every token, by id, a plain blank for the "▁" of sentencepiece: what a merge joins
// lies between the last byte of one and the first of another. Zero for an id without a token.
#include <vector>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

struct Sides {
  unsigned char first = 0;
  unsigned char last = 0;
};

std::vector<Sides> sides_of(const Vocabulary& vocabulary);

}  // namespace ktl::tokenizer

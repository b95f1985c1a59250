#pragma once
// What the encoders rely on in a vocabulary, checked once for every way of reading one. Linear.
#include <cstddef>
#include <optional>
#include <string>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

// All far above any published vocabulary.
inline constexpr TokenId kMaxTokenId = (1u << 21) - 1;
inline constexpr std::size_t kMaxMerges = (1u << 21) - 2;
inline constexpr std::size_t kMaxTokenBytes = 1024;

// What is wrong with the vocabulary, or nothing:
//   ids, token lengths and the number of merges are within the bounds above; merges join tokens into the token of their
//   joined text; every byte has a token, and in sentencepiece no merge touches it, and the blank has one too; the split
//   belongs to the scheme; added tokens have content, and in sentencepiece are matched in the raw text.
std::optional<std::string> flaw_in(const Vocabulary& vocabulary);

}  // namespace ktl::tokenizer

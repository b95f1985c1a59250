#pragma once
// What tests of encoders share: an encoder does as the reference does, and a vocabulary to add tokens to.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tokenizer/encoder.h"

namespace ktl::tokenizer {

inline std::vector<TokenId> ids_of(const Encoder& encoder, std::string_view text) {
  std::vector<TokenId> ids;
  encoder.encode(text, ids);
  return ids;
}

// Gives the same ids, and counts as many.
inline void assert_alike(const Encoder& encoder, const Encoder& reference, std::string_view text) {
  const std::vector<TokenId> expected = ids_of(reference, text);
  ASSERT_EQ(ids_of(encoder, text), expected) << text;
  ASSERT_EQ(encoder.count(text), static_cast<std::int64_t>(expected.size())) << text;
}

// Of the 256 bytes, each of which is the token of its number.
inline Vocabulary vocabulary_of_bytes() {
  Vocabulary vocabulary;
  vocabulary.split = Split::qwen2;
  for (int byte = 0; byte < 256; ++byte) vocabulary.tokens.push_back(std::string(1, static_cast<char>(byte)));
  return vocabulary;
}

}  // namespace ktl::tokenizer

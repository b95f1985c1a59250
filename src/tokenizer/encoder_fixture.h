#pragma once
// What tests of encoders share: an encoder does as the reference does.
#include <cstdint>
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

}  // namespace ktl::tokenizer

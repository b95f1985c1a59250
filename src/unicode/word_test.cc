#include "unicode/word.h"

#include <gtest/gtest.h>

namespace ktl::unicode {
namespace {

TEST(WordCharacters, AreLettersMarksDigitsAndConnectors) {
  for (const char32_t c : U"a한é\u0301_9\u200D\u24D0\u2160") {
    EXPECT_TRUE(c == 0 || is_word_character(c)) << "U+" << std::hex << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c : U" -.\u2460\u00BD\U0001F600\u3000") {
    EXPECT_FALSE(is_word_character(c)) << "U+" << std::hex << static_cast<std::uint32_t>(c);
  }
  EXPECT_FALSE(is_word_character(0x110000));
}

}  // namespace
}  // namespace ktl::unicode

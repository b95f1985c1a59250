#include "unicode/classes.h"

#include <gtest/gtest.h>

#include <vector>

#include "unicode/class_ranges.h"

namespace ktl::unicode {
namespace {

template <class Ranges>
bool contains(const Ranges& ranges, char32_t c) {
  for (const CodePointRange range : ranges) {
    if (range.first <= c && c <= range.last) return true;
  }
  return false;
}

TEST(CharClasses, AreThoseOfTheRangesAndOtherEverywhereElse) {
  // Every code point of the planes with ranges, by walking along the ranges; the look-up table must say the same.
  std::vector<CharClass> expected(0x120000, CharClass::other);
  const auto mark = [&expected](const auto& ranges, CharClass char_class) {
    for (const CodePointRange range : ranges) {
      for (char32_t c = range.first; c <= range.last; ++c) expected[c] = char_class;
    }
  };
  mark(kLetterRanges, CharClass::letter);
  mark(kNumberRanges, CharClass::number);
  mark(kBlankRanges, CharClass::blank);
  for (std::uint32_t c = 0; c < expected.size(); ++c) ASSERT_EQ(class_of(c), expected[c]) << "U+" << std::hex << c;
  for (unsigned char byte = 0; byte < 0x80; ++byte) EXPECT_EQ(class_of_ascii(byte), expected[byte]);
  EXPECT_EQ(class_of(0xFFFFFFFF), CharClass::other);
}

TEST(CharClasses, AreOfUnicode16) {
  const auto size_of = [](const auto& ranges) {
    std::size_t size = 0;
    for (const CodePointRange range : ranges) size += range.last - range.first + 1;
    return size;
  };
  EXPECT_EQ(size_of(kLetterRanges), 141'028u);
  EXPECT_EQ(size_of(kNumberRanges), 1'911u);
  EXPECT_EQ(size_of(kBlankRanges), 25u);
  EXPECT_EQ(class_of(0x10D4A), CharClass::letter);  // Garay, new in 16
  EXPECT_EQ(class_of(0x1CCF0), CharClass::number);  // outlined digit, new in 16
}

TEST(CharClasses, OfWhatLooksLikeABlankAndIsNone) {
  for (const std::uint32_t c : {0xFEFFu, 0x180Eu, 0x200Bu, 0x200Du, 0x2060u, 0x1Cu, 0x1Fu}) {
    EXPECT_EQ(class_of(c), CharClass::other) << "U+" << std::hex << c;
    EXPECT_FALSE(contains(kBlankRanges, c));
  }
  for (const std::uint32_t c : {0x3000u, 0xA0u, 0x85u, 0x202Fu, 0x205Fu}) EXPECT_EQ(class_of(c), CharClass::blank);
}

}  // namespace
}  // namespace ktl::unicode

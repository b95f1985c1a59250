#include "tokenizer/composition.h"

#include <string>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/text.h"

namespace ktl::tokenizer {
namespace {

// UTF-8 of U+AC00..U+D7AF runs from EA B0 80 to ED 9E AF.
bool begins_hangul(unsigned char first, unsigned char second, unsigned char third) {
  if (first == 0xEA) return second >= 0xB0;
  if (first == 0xED) return second < 0x9E || (second == 0x9E && third < 0xB0);
  return first == 0xEB || first == 0xEC;
}

// One byte after the other, by the definition.
Composition slowly(std::string_view text) {
  Composition result;
  const auto byte_at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(byte_at(i));
    if ((byte & 0xC0) == 0x80) continue;
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool blank = byte == ' ' || (byte >= '\t' && byte <= '\r');
    const bool hangul = begins_hangul(byte, static_cast<unsigned char>(byte_at(i + 1)),
                                      static_cast<unsigned char>(byte_at(i + 2)));
    ++(letter ? result.ascii_letters
       : byte >= '0' && byte <= '9' ? result.digits
       : blank ? result.blanks
       : hangul ? result.hangul : result.other);
  }
  return result;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

// Often Hangul or near the ends of its range, where mistakes would be.
char32_t some_code_point(Rng& rng) {
  switch (rng.below(6)) {
    case 0:
      return static_cast<char32_t>(rng.below(0x80));
    case 1:
      return static_cast<char32_t>(0xABF0 + rng.below(0x20));
    case 2:
      return static_cast<char32_t>(0xD790 + rng.below(0x40));
    case 3: {
      const auto c = static_cast<char32_t>(rng.below(0x110000));
      return c >= 0xD800 && c < 0xE000 ? U'?' : c;
    }
    default:
      return static_cast<char32_t>(0xAC00 + rng.below(0xD7B0 - 0xAC00));
  }
}

TEST(Composition, SortsEveryCodePointOfUnicodeByItsRange) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_utf8(text, c);
    const Composition parts = composition(text);
    ASSERT_EQ(parts.code_points(), 1) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(parts.hangul, c >= 0xAC00 && c <= 0xD7AF) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(parts.ascii_letters, (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(parts.digits, c >= '0' && c <= '9') << static_cast<std::uint32_t>(c);
    ASSERT_EQ(parts.blanks, c == ' ' || (c >= 9 && c <= 13)) << static_cast<std::uint32_t>(c);
  }
}

TEST(Composition, TellsTheSortsOfAMixedText) {
  const Composition parts = composition("안녕 GPT-4o!\n漢字 ㄱㄴ 😀 9");
  EXPECT_EQ(parts.hangul, 2);
  EXPECT_EQ(parts.ascii_letters, 4);
  EXPECT_EQ(parts.digits, 2);
  EXPECT_EQ(parts.blanks, 5);
  EXPECT_EQ(parts.other, 7);
}

TEST(Composition, IsThatOfTheSlowCountOnRandomText) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Rng rng(seed);
    std::string text;
    std::int64_t points = 0;
    for (std::uint64_t n = rng.below(seed % 100 == 0 ? 9000 : 120); n > 0; --n, ++points)
      append_utf8(text, some_code_point(rng));
    ASSERT_TRUE(is_utf8(text)) << "seed " << seed;
    ASSERT_EQ(composition(text), slowly(text)) << "seed " << seed;
    ASSERT_EQ(composition(text).code_points(), points) << "seed " << seed;
  }
}

TEST(Composition, IsThatOfTheSlowCountOnRandomBytes) {
  constexpr unsigned char kTelling[] = {0xEA, 0xEB, 0xEC, 0xED, 0xAF, 0xB0, 0x9D, 0x9E,
                                        0x9F, 0x80, 0xBF, 'a',  'Z',  '[',  0,    0xFF, '0', '9', ' ', '\t', '\r'};
  for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
    Rng rng(seed);
    std::string bytes;
    for (std::uint64_t n = rng.below(seed % 100 == 0 ? 9000 : 90); n > 0; --n)
      bytes.push_back(static_cast<char>(rng.below(2) == 0 ? kTelling[rng.below(sizeof kTelling)]
                                                          : static_cast<unsigned char>(rng.below(256))));
    ASSERT_EQ(composition(bytes), slowly(bytes)) << "seed " << seed;
  }
}

TEST(Composition, DoesNotOverflowItsLanesOnLongUniformText) {
  for (const char* unit : {"a", "가", "힣", "-", "7", " "}) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += unit;
    EXPECT_EQ(composition(text), slowly(text)) << unit;
  }
}

}  // namespace
}  // namespace ktl::tokenizer

#include "unicode/nfc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "unicode/hangul.h"
#include "unicode/later_than_unicode_9.h"
#include "unicode/utf8.h"

namespace ktl::unicode {
namespace {

std::string utf8(std::initializer_list<std::uint32_t> code_points) {
  std::string text;
  for (const char32_t c : code_points) {
    char bytes[4];
    text.append(bytes, encode(c, bytes));
  }
  return text;
}

std::string nfc(std::string_view text) {
  // An exact copy, so that a sanitizer sees a read beyond the end.
  const std::vector<char> bytes(text.begin(), text.end());
  std::string storage;
  return std::string(to_nfc(std::string_view(bytes.data(), bytes.size()), storage));
}

TEST(Nfc, LeavesOrdinaryTextWhereItStands) {
  for (const std::string_view text :
       {"", "plain", "안녕하세요, 오늘은 날씨가 좋네요.", "漢字かな カナ “quoted” ㅋㅋ ½ é 😀", "ᄒᆞᆫ글 ᄀᆞ"}) {
    std::string storage = "untouched";
    if (is_surely_nfc(text)) {
      EXPECT_EQ(to_nfc(text, storage).data(), text.data()) << text;
    }
    EXPECT_EQ(nfc(text), text);
  }
  EXPECT_TRUE(is_surely_nfc("안녕하세요, 오늘은 날씨가 좋네요. 漢字かな “quoted” ㅋㅋ ½ é 😀"));
}

TEST(Nfc, ComposesEveryHangulSyllable) {
  for (char32_t c = hangul::kSyllable; c < hangul::kSyllable + hangul::kSyllables; ++c) {
    std::string jamo = utf8({hangul::lead_of(c), hangul::vowel_of(c)});
    if (hangul::has_tail(c)) jamo += utf8({hangul::tail_of(c)});
    ASSERT_EQ(nfc("x" + jamo + "y"), "x" + utf8({c}) + "y") << std::hex << static_cast<std::uint32_t>(c);
  }
}

TEST(Nfc, AddsATailToAnOpenSyllableOnly) {
  EXPECT_EQ(nfc(utf8({0xAC00, 0x11A8})), "각");
  EXPECT_EQ(nfc(utf8({0xAC01, 0x11A8})), utf8({0xAC01, 0x11A8}));
  EXPECT_EQ(nfc(utf8({0xAC00, 0x11A7})), utf8({0xAC00, 0x11A7}));
  EXPECT_EQ(nfc(utf8({0xAC00, 0x1161})), utf8({0xAC00, 0x1161}));
  EXPECT_EQ(nfc(utf8({0x1100, 0x119E, 0x11AB})), utf8({0x1100, 0x119E, 0x11AB}));  // old Hangul stays apart
}

TEST(Nfc, KnowsTheStandardsExamples) {
  EXPECT_EQ(nfc(utf8({0x212B})), utf8({0xC5}));
  EXPECT_EQ(nfc(utf8({0x1E9B, 0x323})), utf8({0x1E9B, 0x323}));
  EXPECT_EQ(nfc(utf8({0x64, 0x307, 0x323})), utf8({0x1E0D, 0x307}));
  EXPECT_EQ(nfc(utf8({0x958})), utf8({0x915, 0x93C}));  // composition exclusion
  EXPECT_EQ(nfc(utf8({0x2ADC})), utf8({0x2ADD, 0x338}));
  EXPECT_EQ(nfc(utf8({0xFB1D})), utf8({0x5D9, 0x5B4}));
  EXPECT_EQ(nfc(utf8({0x344})), utf8({0x308, 0x301}));
  EXPECT_EQ(nfc(utf8({0x61, 0x301, 0x301})), utf8({0xE1, 0x301}));
  EXPECT_EQ(nfc(utf8({0x1100, 0x300, 0x1161})), utf8({0x1100, 0x300, 0x1161}));  // blocked
  EXPECT_EQ(nfc(utf8({0xF900})), utf8({0x8C48}));
  EXPECT_EQ(nfc(utf8({0x3131})), utf8({0x3131}));  // compatibility jamo are not conjoining ones
  EXPECT_EQ(nfc(utf8({0x9C7, 0x9BE})), utf8({0x9CB}));
}

TEST(Nfc, IsThatOfUnicode9) {
  for (const CodePointRange range : kLaterMarks) {
    for (char32_t c = range.first; c <= range.last; ++c) {
      // A mark of class 1 behind it would move before it, were it a mark itself.
      const std::string text = utf8({0x61, c, 0x334});
      ASSERT_EQ(nfc(text), text) << std::hex << static_cast<std::uint32_t>(c);
    }
  }
  EXPECT_EQ(nfc(utf8({0x11935, 0x11930})), utf8({0x11935, 0x11930}));  // U+11938 since Unicode 13
  EXPECT_EQ(nfc(utf8({0x11938, 0x334})), utf8({0x11938, 0x334}));
}

TEST(Nfc, LeavesBrokenBytesAsTheyAre) {
  for (const std::string_view bytes : {"\xEA\xB0", "\xCC", "e\xCC\x81\xCC", "\xED\xA0\x80", "\xFF\xFE", "\x80\x81"}) {
    const std::string whole = nfc(std::string("가") + std::string(bytes) + "가");
    EXPECT_TRUE(whole.starts_with("가") && whole.ends_with("가"));
  }
  EXPECT_EQ(nfc("\xEA\xB0"), "\xEA\xB0");
  EXPECT_EQ(nfc("\xB0\xCC\x81"), "\xB0\xCC\x81");
  EXPECT_EQ(nfc("\xED\xA0\x80\xCC\x81"), "\xED\xA0\x80\xCC\x81");
}

TEST(Nfc, SortsLongRunsOfMarksStably) {
  constexpr std::size_t kMarks = 300'000;
  std::string marks;
  std::string sorted;
  for (std::size_t i = 0; i < kMarks; ++i) marks += i % 2 == 0 ? "\u0316" : "\u0334";  // classes 220 and 1
  for (std::size_t i = 0; i < kMarks / 2; ++i) sorted += "\u0334";
  for (std::size_t i = 0; i < kMarks / 2; ++i) sorted += "\u0316";
  EXPECT_EQ(nfc("x" + marks), "x" + sorted);
}

TEST(Nfc, IsItsOwnNfcAndDoesNotDependOnWhatStandsAround) {
  constexpr std::uint64_t kSeed = 99;
  SCOPED_TRACE(kSeed);
  Rng rng(kSeed);
  const std::vector<std::string> parts = {"a",      "가",     "각",         "\u1100", "\u1161", "\u11A8", "\u0301",
                                          "\u0323", "\u0334", "é",          "\u1EA5", "\u0344", "\u212B", "\u3099",
                                          "か",     "\u0958", "\U0001D15E", "ab cd",  "\u09C7", "\u09BE"};
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    for (std::uint64_t left = rng.below(12); left > 0; --left) text += parts[rng.below(parts.size())];
    const std::string once = nfc(text);
    ASSERT_EQ(nfc(once), once) << testing::PrintToString(text);
    ASSERT_EQ(nfc("0123456789 abcdefgh " + text + " 0123456789 abcdefgh"),
              "0123456789 abcdefgh " + once + " 0123456789 abcdefgh")
        << testing::PrintToString(text);
    if (is_surely_nfc(text)) {
      ASSERT_EQ(once, text);
    }
  }
}

}  // namespace
}  // namespace ktl::unicode

#include "base/text.h"

#include <random>

#include <gtest/gtest.h>

namespace ktl {
namespace {

TEST(Utf8, AcceptsEveryLengthAndRefusesMalformed) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("안녕하세요 \xF0\x9F\x98\x80 é a"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xEC\x95", "a\xFF"})
    EXPECT_FALSE(is_utf8(bad)) << to_hex(bad);
}

// One code point after the other, by the definition.
bool is_utf8_by_code_points(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_code_point(text, at) == U'\uFFFD' && text.substr(begin, at - begin) != "\xEF\xBF\xBD") return false;
  }
  return true;
}

TEST(Utf8, RunsAreJudgedAsTheirCodePointsAre) {
  const std::string_view parts[] = {"a",
                                    "12345678",
                                    "가",
                                    "힣",
                                    "\xE0\xA4\x85",
                                    "\xED\x95\x9C",
                                    "\xED\xA0\x80",
                                    "\xEC\x95",
                                    "\xC3\xA9",
                                    "\xF0\x9F\x98\x80",
                                    "\xFF",
                                    "\xE1\x80\x80",
                                    "\xEF\xBF\xBD",
                                    "\"",
                                    "\n"};
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += parts[random() % std::size(parts)];
    ASSERT_EQ(is_utf8(text), is_utf8_by_code_points(text)) << to_hex(text);
    // Nothing is lost or added but escapes and replacements.
    std::string expected;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = at;
      const char32_t c = next_code_point(text, at);
      if (c == U'"')
        expected += "\\\"";
      else if (c == U'\n')
        expected += "\\n";
      else if (c == U'\uFFFD')
        expected += "\xEF\xBF\xBD";
      else
        expected.append(text, begin, at - begin);
    }
    ASSERT_EQ(json_quoted(text), "\"" + expected + "\"") << to_hex(text);
  }
}

TEST(Utf8, DecodesAndAlwaysAdvances) {
  std::size_t at = 0;
  const std::string_view text = "가a";
  EXPECT_EQ(next_code_point(text, at), U'가');
  EXPECT_EQ(next_code_point(text, at), U'a');
  EXPECT_EQ(at, text.size());
  std::size_t steps = 0;
  const std::string_view hostile = "\xEC\x95\xFF\xC0";
  for (at = 0; at < hostile.size(); ++steps) EXPECT_EQ(next_code_point(hostile, at), char32_t{0xFFFD});
  EXPECT_EQ(steps, 4u);
}

TEST(PercentDecoding, TakesKoreanBothWaysAndRefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("%EC%82%AC%EC%9A%A9%EC%9E%901"), "사용자1");
  EXPECT_EQ(percent_decode("사용자1"), "사용자1");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  for (const char* bad : {"%", "%2", "%zz", "%00"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(percent_decode(percent_encode("100% 한국/어")), "100% 한국/어");
}

TEST(JsonText, EscapesWhatJsonForbidsAndRepairsBrokenBytes) {
  EXPECT_EQ(json_quoted("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json_quoted("가\xFF"), "\"가\xEF\xBF\xBD\"");
}

TEST(Hex, RoundTrips) {
  EXPECT_EQ(from_hex(to_hex(std::string_view("\x00\xff\x10", 3))), std::string("\x00\xff\x10", 3));
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
}

}  // namespace
}  // namespace ktl

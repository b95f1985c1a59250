#include "protocol/json_cursor.h"

#include <gtest/gtest.h>

#include <string>

namespace ktl::protocol {
namespace {

bool is_json(std::string_view text, int depth = 16) {
  JsonCursor in(text, depth);
  return in.skip() && in.at_end();
}

TEST(JsonCursor, AcceptsEveryKindOfValue) {
  for (const char* text : {"{}", "[]", "\"\"", "0", "-0", "1.5e+10", "2E-3", "true", "false", "null", " [ 1 , 2 ] ",
                           R"({"a":[{"b":null}],"":"x"})", R"("\"\\\/\b\f\n\r\t\uAC00\uD83D\uDE00")", "\"\x7f\""}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonCursor, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "}",
                           "{]",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\" 1}",
                           "{1:1}",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "--1",
                           "0x10",
                           "NaN",
                           "Infinity",
                           "nul",
                           "nulll",
                           "tru",
                           "True",
                           "\"",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12G4\"",
                           "\"\\u+123\"",
                           "\"\\uD800\"",
                           "\"\\uDC00\"",
                           "\"\\uD800\\u0041\"",
                           "\"\\uD800\\n\"",
                           "\"a\nb\"",
                           "\"a\tb\"",
                           "1 1",
                           "[1]]",
                           "{}x",
                           "/**/1"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
  EXPECT_FALSE(is_json(std::string_view("\"a\0b\"", 5)));
  EXPECT_FALSE(is_json(std::string_view("\"\\\0\"", 4)));
}

TEST(JsonCursor, StopsAtTheAllowedDepth) {
  EXPECT_TRUE(is_json("[[[]]]", 3));
  JsonCursor in("[[[[]]]]", 3);
  EXPECT_FALSE(in.skip());
  EXPECT_EQ(in.fault(), JsonCursor::Fault::depth);
}

TEST(JsonCursor, FindsTheEndOfStringsOfEveryLengthAndAlignment) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t shift = 0; shift < 9; ++shift) {
      const std::string text = std::string(shift, ' ') + '"' + std::string(length, '\xEA') + "\",";
      JsonCursor in(text, 1);
      JsonString string;
      ASSERT_TRUE(in.read_string(string));
      EXPECT_EQ(string.raw.size(), length);
      EXPECT_FALSE(string.escaped);
      const std::string control = std::string(shift, ' ') + '"' + std::string(length, 'x') + "\x1f\"";
      EXPECT_FALSE(is_json(control));
    }
  }
}

TEST(JsonCursor, TellsWhereValuesStand) {
  const std::string_view text = R"( {"a" : 12 , "b":[true]} )";
  JsonCursor in(text, 4);
  ASSERT_TRUE(in.enter_object());
  JsonString key;
  ASSERT_TRUE(in.next_member(key));
  EXPECT_EQ(text.substr(in.offset(), 2), "12");
  std::string_view number;
  ASSERT_TRUE(in.read_number(number));
  EXPECT_EQ(number, "12");
  ASSERT_TRUE(in.next_member(key));
  EXPECT_TRUE(key.is("b"));
  std::string_view raw;
  ASSERT_TRUE(in.skip(raw));
  EXPECT_EQ(raw, "[true]");
  EXPECT_FALSE(in.next_member(key));
  EXPECT_TRUE(in.at_end());
}

TEST(JsonCursor, ReadsOnlyTheKindThatIsThere) {
  JsonString string;
  bool flag = false;
  std::string_view number;
  EXPECT_FALSE(JsonCursor("1", 1).read_string(string));
  EXPECT_FALSE(JsonCursor("\"1\"", 1).read_number(number));
  EXPECT_FALSE(JsonCursor("1", 1).read_bool(flag));
  EXPECT_FALSE(JsonCursor("0", 1).read_null());
  EXPECT_FALSE(JsonCursor("[]", 1).enter_object());
  EXPECT_FALSE(JsonCursor("{}", 1).enter_array());
}

TEST(Unescape, GivesTheMeaningOfEscapes) {
  JsonString string{R"(\"\\\/\b\f\n\r\t\u0041\u00e9\uAC00\ud83d\ude00)", true};
  std::string out(string.raw.size(), '\0');
  out.resize(unescape(string, out.data()));
  EXPECT_EQ(out, "\"\\/\b\f\n\r\tAé가😀");
}

TEST(Means, SeesThroughEscapes) {
  EXPECT_TRUE(means({"model", false}, "model"));
  EXPECT_TRUE(means({R"(mod\u0065l)", true}, "model"));
  EXPECT_FALSE(means({R"(mod\u0065)", true}, "model"));
  EXPECT_FALSE(means({R"(mod\u0065l)", false}, "model"));
}

TEST(ToInteger, TakesPlainIntegersOnly) {
  EXPECT_EQ(to_integer("-12"), -12);
  EXPECT_EQ(to_integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(to_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(to_integer("1.0"), std::nullopt);
  EXPECT_EQ(to_integer("1e2"), std::nullopt);
  EXPECT_EQ(to_integer(""), std::nullopt);
}

}  // namespace
}  // namespace ktl::protocol

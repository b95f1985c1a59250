#include "storage/redis/resp.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

// Feeds `bytes` in pieces of `piece` and returns the replies, each written plainly; "!" if malformed at the end.
std::string written(const Value& value) {
  switch (value.kind) {
    case Kind::nil:
      return "nil";
    case Kind::status:
      return "+" + value.text;
    case Kind::error:
      return "-" + value.text;
    case Kind::integer:
      return std::to_string(value.integer);
    case Kind::boolean:
      return value.integer != 0 ? "true" : "false";
    case Kind::number:
      return "," + value.text;
    case Kind::text:
      return "'" + value.text + "'";
    case Kind::array:
    case Kind::map:
    case Kind::push:
      break;
  }
  std::string text = value.kind == Kind::map ? "{" : value.kind == Kind::push ? "<" : "[";
  for (const Value& item : value.items) text += (text.size() > 1 ? " " : "") + written(item);
  return text + (value.kind == Kind::map ? "}" : value.kind == Kind::push ? ">" : "]");
}

std::vector<std::string> parsed(std::string_view bytes, std::size_t piece, ParserLimits limits = {}) {
  Parser parser(limits);
  std::vector<std::string> replies;
  while (!bytes.empty()) {
    std::string_view input = bytes.substr(0, piece);
    bytes.remove_prefix(input.size());
    for (;;) {
      Value value;
      const Parser::Outcome outcome = parser.parse(input, value);
      if (outcome == Parser::Outcome::more) break;
      if (outcome == Parser::Outcome::malformed) {
        replies.push_back("!");
        return replies;
      }
      replies.push_back(written(value));
    }
  }
  if (!parser.between_replies()) replies.push_back("…");
  return replies;
}

using Replies = std::vector<std::string>;

TEST(AppendCommand, WritesWordsOfAnyBytes) {
  std::string out;
  const std::string_view words[] = {"SET", std::string_view("a\r\n\0b", 5), ""};
  append_command(out, words);
  EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n", 30));
}

TEST(Parser, UnderstandsEveryTypeHoweverTheBytesAreCut) {
  const std::string bytes =
      "+OK\r\n-ERR "
      "no\r\n:-42\r\n:+7\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n+y\r\n"
      "_\r\n#t\r\n#f\r\n,1.5\r\n(12345678901234567890\r\n=7\r\ntxt:abc\r\n!5\r\nERR x\r\n~1\r\n:1\r\n%1\r\n+k\r\n:2\r\n"
      ">1\r\n+m\r\n|1\r\n+a\r\n+b\r\n:5\r\n*1\r\n|0\r\n:6\r\n";
  const Replies expected = {"+OK",   "-ERR no", "-42",   "7",      "'a\r\nbc'",
                            "''",    "nil",     "nil",   "[]",     "[1 ['x'] +y]",
                            "nil",   "true",    "false", ",1.5",   ",12345678901234567890",
                            "'abc'", "-ERR x",  "[1]",   "{+k 2}", "<+m>",
                            "5",     "[6]"};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    ASSERT_EQ(parsed(bytes, piece), expected) << "pieces of " << piece;
}

TEST(Parser, RefusesWhatIsNotRespAtAnyCut) {
  for (const std::string bytes :
       {"HTTP/1.1 400\r\n", "\r\n",         ":x\r\n",        ":\r\n",     ":+-1\r\n", "$x\r\n",
        "$-2\r\n",          "$1\r\nab\r\n", "$1\r\na\rb",    "*-2\r\n",   "%-1\r\n",  "#x\r\n",
        "_x\r\n",           ",\r\n",        "=3\r\nabc\r\n", "+a\rb\r\n", "+a\n",     ":99999999999999999999\r\n",
        "*?\r\n",           "$?\r\n"}) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
      EXPECT_EQ(parsed(bytes, piece), Replies{"!"}) << bytes << " in pieces of " << piece;
  }
}

TEST(Parser, StaysMalformedOnceItWas) {
  Parser parser;
  Value value;
  std::string_view input = "?\r\n";
  EXPECT_EQ(parser.parse(input, value), Parser::Outcome::malformed);
  input = "+OK\r\n";
  EXPECT_EQ(parser.parse(input, value), Parser::Outcome::malformed);
  EXPECT_FALSE(parser.problem().empty());
}

TEST(Parser, BoundsDepthSizeAndItems) {
  std::string deep;
  for (int i = 0; i < 4; ++i) deep += "*1\r\n";
  EXPECT_EQ(parsed(deep + ":1\r\n", 100, {4, 1000, 1000}), Replies{"[[[[1]]]]"});
  EXPECT_EQ(parsed("*1\r\n" + deep + ":1\r\n", 100, {4, 1000, 1000}), Replies{"!"});

  EXPECT_EQ(parsed("$10\r\n0123456789\r\n", 3, {4, 17, 1000}), Replies{"'0123456789'"});
  EXPECT_EQ(parsed("$10\r\n0123456789\r\n", 3, {4, 16, 1000}), Replies{"!"});
  EXPECT_EQ(parsed("+" + std::string(100, 'x'), 7, {4, 50, 1000}), Replies{"!"}) << "a line without an end";
  EXPECT_EQ(parsed("$9223372036854775807\r\n", 100), Replies{"!"});

  EXPECT_EQ(parsed("*2\r\n:1\r\n:2\r\n", 100, {4, 1000, 3}), Replies{"[1 2]"});
  EXPECT_EQ(parsed("*2\r\n:1\r\n*1\r\n:2\r\n", 100, {4, 1000, 3}), Replies{"!"});
  EXPECT_EQ(parsed("*9000000000000000000\r\n", 100), Replies{"!"});
}

TEST(Parser, CountsItsBoundsForEachReplyAnew) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "*2\r\n:1\r\n:2\r\n";
  EXPECT_EQ(parsed(many, 5, {2, 20, 3}).size(), 100u);
}

TEST(Value, KnowsItsErrorByTheFirstWord) {
  Value error;
  error.kind = Kind::error;
  error.text = "NOSCRIPT No matching script";
  EXPECT_TRUE(error.is_error("NOSCRIPT"));
  EXPECT_FALSE(error.is_error("NOSCRIP"));
  error.kind = Kind::text;
  EXPECT_FALSE(error.is_error("NOSCRIPT"));
}

}  // namespace
}  // namespace ktl::storage::redis

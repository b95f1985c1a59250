#include "tokenizer/added_tokens.h"

#include <gtest/gtest.h>

namespace ktl::tokenizer {
namespace {

using Pass = AddedTokens::Pass;

Vocabulary vocabulary_with(std::vector<AddedToken> added) {
  Vocabulary vocabulary;
  vocabulary.added = std::move(added);
  return vocabulary;
}

// The parts of a text: "[id]" for a token, the text itself otherwise, with bars between.
std::string parts_of(const AddedTokens& tokens, std::string_view text) {
  std::string parts;
  const auto add = [&parts](std::string_view part) { parts.append(parts.empty() ? "" : "|").append(part); };
  tokens.split(text, add, [&add](TokenId id) { add("[" + std::to_string(id) + "]"); });
  return parts;
}

std::string parts_of(std::vector<AddedToken> added, std::string_view text) {
  return parts_of(AddedTokens(vocabulary_with(std::move(added)), Pass::raw), text);
}

TEST(AddedTokens, AreFoundWhereAUserTypedThem) {
  const std::vector<AddedToken> chat = {{.content = "<|im_start|>", .id = 1}, {.content = "<|im_end|>", .id = 2}};
  EXPECT_EQ(parts_of(chat, "<|im_start|>가 <|im_end|><|im_end|>"), "[1]|가 |[2]|[2]");
  EXPECT_EQ(parts_of(chat, "<|im_star <|im_end"), "<|im_star <|im_end");
  EXPECT_EQ(parts_of(chat, "<|<|im_end|>"), "<||[2]");
  EXPECT_EQ(parts_of(chat, ""), "");
}

TEST(AddedTokens, TheLeftmostIsTakenThenTheLongest) {
  const std::vector<AddedToken> added = {{.content = "ab", .id = 1},
                                         {.content = "abcd", .id = 2},
                                         {.content = "bcde", .id = 3},
                                         {.content = "a", .id = 4}};
  EXPECT_EQ(parts_of(added, "abcde"), "[2]|e");
  EXPECT_EQ(parts_of(added, "abce"), "[1]|ce");
  EXPECT_EQ(parts_of(added, "xacbcdex"), "x|[4]|c|[3]|x");
}

TEST(AddedTokens, MayBeginWithDifferentBytes) {
  EXPECT_EQ(parts_of({{.content = "가", .id = 1}, {.content = "<s>", .id = 2}}, "나가<s>"), "나|[1]|[2]");
}

TEST(AddedTokens, SwallowTheBlanksTheyAskFor) {
  EXPECT_EQ(parts_of({{.content = "L", .id = 1, .lstrip = true}}, "a \u3000 L b L"), "a|[1]| b|[1]");
  EXPECT_EQ(parts_of({{.content = "R", .id = 1, .rstrip = true}}, "a R \u3000\nb R "), "a |[1]|b |[1]");
  EXPECT_EQ(parts_of({{.content = "R", .id = 1, .lstrip = true, .rstrip = true}}, " R  R "), "[1]|[1]");
}

TEST(AddedTokens, StandAloneWhereTheyMust) {
  const std::vector<AddedToken> added = {{.content = "sw", .id = 1, .single_word = true}};
  EXPECT_EQ(parts_of(added, "sw a-sw-b sw"), "[1]| a-|[1]|-b |[1]");
  EXPECT_EQ(parts_of(added, "asw swa sw한 한sw sw_ sw\u0301 sw1 swsw"), "asw swa sw한 한sw sw_ sw\u0301 sw1 swsw");
  EXPECT_EQ(parts_of(added, "sw①sw"), "[1]|①|[1]");
}

TEST(AddedTokens, OfOnePassAreNotFoundInTheOther) {
  Vocabulary vocabulary =
      vocabulary_with({{.content = "raw", .id = 1}, {.content = "e\u0301", .id = 2, .normalized = true}});
  vocabulary.nfc = true;
  EXPECT_EQ(parts_of(AddedTokens(vocabulary, Pass::raw), "raw e\u0301 \u00E9"), "[1]| e\u0301 \u00E9");
  EXPECT_EQ(parts_of(AddedTokens(vocabulary, Pass::normalized), "raw \u00E9"), "raw |[2]");
}

TEST(AddedTokens, OfSentencePieceAreLookedForAsItsNormaliserSpellsThem) {
  Vocabulary vocabulary = vocabulary_with({{.content = "x y", .id = 1, .normalized = true}});
  vocabulary.scheme = Scheme::sentencepiece;
  EXPECT_EQ(parts_of(AddedTokens(vocabulary, Pass::normalized), "▁a▁x▁y▁b"), "▁a|[1]|▁b");
}

TEST(AddedTokens, NoneLeaveTheTextWhole) {
  const AddedTokens none(Vocabulary(), Pass::raw);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(parts_of(none, "<|im_end|>"), "<|im_end|>");
}

}  // namespace
}  // namespace ktl::tokenizer

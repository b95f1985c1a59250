#include "standin/engine/korean_text.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "standin/engine/answer.h"

namespace ktl::standin {
namespace {

std::string joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const auto& piece : pieces) text += piece;
  return text;
}

TEST(KoreanText, ASentenceIsHangulWordsAndAFullStop) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    const std::string sentence = korean_sentence(rng);
    ASSERT_TRUE(is_utf8(sentence)) << "seed " << seed;
    ASSERT_TRUE(sentence.ends_with("다.") || sentence.ends_with("요.")) << sentence;
    for (std::size_t at = 0; at < sentence.size();) {
      const char32_t c = next_code_point(sentence, at);
      ASSERT_TRUE((c >= 0xAC00 && c <= 0xD7A3) || c == ' ' || c == '.') << sentence;
    }
  }
}

TEST(KoreanText, PiecesAreOneToThreeSyllablesAndAsManyAsAsked) {
  for (std::size_t count = 1; count < 200; count += 7) {
    Rng rng(count);
    const auto pieces = korean_pieces(rng, count);
    ASSERT_EQ(pieces.size(), count);
    for (const auto& piece : pieces) {
      ASSERT_FALSE(piece.empty());
      std::size_t syllables = 0;
      for (std::size_t at = 0; at < piece.size();) {
        const char32_t c = next_code_point(piece, at);
        if (c >= 0xAC00) ++syllables;
      }
      EXPECT_GE(syllables, 1u) << piece;
      EXPECT_LE(syllables, 3u) << piece;
    }
  }
}

TEST(Answer, SamePromptAndSeedGiveTheSameAnswerAndOthersDiffer) {
  AnswerOptions options;
  options.seed = 7;
  const Answer first = make_answer("서울은 어떤 도시야?", options);
  EXPECT_EQ(first.pieces, make_answer("서울은 어떤 도시야?", options).pieces);
  options.seed = 8;
  EXPECT_NE(first.pieces, make_answer("서울은 어떤 도시야?", options).pieces);
}

TEST(Answer, HelloAndNumbersAreAnsweredAsInThePublishedExamples) {
  EXPECT_EQ(joined(make_answer("Hello", {}).pieces), "Hello! How can I assist you today?");
  EXPECT_EQ(make_answer("Hello", {}).natural_tokens(), 10);
  AnswerOptions options;
  options.exact_tokens = 17;
  EXPECT_EQ(joined(make_answer("1 2 3", options).pieces), " 4 5 6 7 8 9 10 ");
}

TEST(Answer, AStopStringEndsItAndIsNotPartOfTheText) {
  AnswerOptions options;
  options.exact_tokens = 40;
  options.stop = {"9 1", "7 8"};
  const Answer answer = make_answer("1 2 3", options);
  EXPECT_EQ(joined(answer.pieces), " 4 5 6 ");
  EXPECT_EQ(answer.matched_stop, "7 8");
  EXPECT_EQ(answer.natural_tokens(), 10);  // " 4 5 6 7 8": the tokens of the stop string were generated too
}

}  // namespace
}  // namespace ktl::standin

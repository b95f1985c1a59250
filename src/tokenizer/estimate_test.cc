#include "tokenizer/estimate.h"

#include <array>

#include <gtest/gtest.h>

namespace ktl::tokenizer {
namespace {

std::int64_t tokens(std::string_view text, double factor = kKoreanFactor) {
  return EstimateCounter(factor).count_text(text).tokens;
}

TEST(Estimate, WeighsHangulLettersAndTheRestAsDocumented) {
  EXPECT_EQ(tokens("안녕하세요"), 5);           // 5 * 1.15 = 5.75
  EXPECT_EQ(tokens("hello world!"), 3);         // 10 * 0.25 + 2 * 0.5 = 3.5
  EXPECT_EQ(tokens("안녕하세요, world 2"), 9);  // 5.75 + 5 * 0.25 + 4 * 0.5 = 9.0
}

TEST(Estimate, IsAtLeastOneAndCutsFractionsOff) {
  EXPECT_EQ(tokens(""), 1);
  EXPECT_EQ(tokens("a"), 1);
  EXPECT_EQ(tokens("가가"), 2);
  EXPECT_EQ(tokens("가가가가가가가"), 8);  // 8.05
}

TEST(Estimate, TakesItsKoreanFactorFromTheConfiguration) {
  EXPECT_EQ(tokens("가가가가가가가가가가", 2.0), 20);
  EXPECT_EQ(tokens("abcd", 2.0), 1);
}

TEST(Estimate, WeighsEachSortByTheCoefficientsOfAKnownVocabulary) {
  const Composition made_of{.hangul = 100, .ascii_letters = 100, .digits = 100, .blanks = 100, .other = 100};
  EXPECT_EQ(estimate(made_of, coefficients_of(VocabularyFamily::qwen)), 334);     // 76.7 + 12.9 + 150.5 + 2 * 47.4
  EXPECT_EQ(estimate(made_of, coefficients_of(VocabularyFamily::llama3)), 257);   // 74.6 + 15.6 + 2 * 70.3 + 27.0
  EXPECT_EQ(estimate(made_of, coefficients_of(VocabularyFamily::mistral)), 403);  // 135.7 + 14.7 + 2 * 105.9 + 41.5
  EXPECT_EQ(estimate(made_of, coefficients_of(VocabularyFamily::llama2)), 470);   // 198.6 + 16.3 + 2 * 111.9 + 31.6
  EXPECT_EQ(EstimateCounter(VocabularyFamily::qwen).count_text("가나다라 12").tokens, 6);  // 3.068 + 0.474 + 3.01
  EXPECT_EQ(EstimateCounter(VocabularyFamily::qwen).count_text("").tokens, 1);
}

TEST(Estimate, OfAnUnknownVocabularyIsTheDocumentedFormula) {
  for (const std::string_view text : {"안녕하세요, world 2", "한국어 12345 ab!?", ""}) {
    const std::int64_t documented = estimate(composition(text), kKoreanFactor);
    EXPECT_EQ(estimate(composition(text), coefficients_of(VocabularyFamily::unknown)), documented) << text;
    EXPECT_EQ(EstimateCounter(VocabularyFamily::unknown).count_text(text).tokens, documented) << text;
  }
}

TEST(Estimate, SaysThatItIsAnEstimate) {
  EXPECT_EQ(EstimateCounter().count_text("가").method, CountMethod::estimate);
  EXPECT_EQ(EstimateCounter().count_chat({}).method, CountMethod::estimate);
  EXPECT_EQ(name_of(CountMethod::estimate), "estimate");
  EXPECT_EQ(name_of(CountMethod::exact), "exact");
}

TEST(EstimateOfAChat, AddsTheDefaultSystemTurnTheTurnAndTheGenerationPrompt) {
  // The published example: user "Hello" renders as 30 tokens, 29 of them not content.
  const std::array messages{ChatMessage{"user", "Hello", ""}};
  EXPECT_EQ(EstimateCounter().count_chat({messages, ""}).tokens, 21 + 5 + 3 + tokens("Hello"));
}

TEST(EstimateOfAChat, HasNoDefaultSystemTurnWhenItBeginsWithASystemMessage) {
  const std::array messages{ChatMessage{"system", "한국어로 답하세요.", ""}, ChatMessage{"user", "안녕하세요", ""}};
  EXPECT_EQ(EstimateCounter().count_chat({messages, ""}).tokens,
            5 + tokens("한국어로 답하세요.") + 5 + tokens("안녕하세요") + 3);
}

TEST(EstimateOfAChat, CountsToolsAndToolCallsAsText) {
  const std::string_view calls = R"([{"function":{"name":"날씨"}}])";
  const std::string_view tools = R"([{"type":"function","function":{"name":"날씨","parameters":{}}}])";
  const std::array messages{ChatMessage{"system", "", ""}, ChatMessage{"assistant", "", calls}};
  EXPECT_EQ(EstimateCounter().count_chat({messages, ""}).tokens, 5 + 5 + tokens(calls) + 3);
  EXPECT_EQ(EstimateCounter().count_chat({messages, tools}).tokens, 5 + 5 + tokens(calls) + 3 + 120 + tokens(tools));
}

TEST(EstimateOfAChat, TellsTheCharactersOfTheMessagesItHadToLookAt) {
  const std::array messages{ChatMessage{"system", "안녕 abc", "[{}]"}, ChatMessage{"user", "", ""},
                            ChatMessage{"user", "가1", ""}};
  const Composition made_of{.hangul = 3, .ascii_letters = 3, .digits = 1, .blanks = 1, .other = 0};
  EXPECT_EQ(EstimateCounter().count_chat({messages, "[{}]"}).characters, made_of);
  EXPECT_EQ(EstimateCounter(VocabularyFamily::qwen).count_chat({messages, ""}).characters, made_of);
  EXPECT_EQ(EstimateCounter().count_text("가a").characters, (Composition{.hangul = 1, .ascii_letters = 1}));
}

TEST(EstimateOfAChat, IsTheSumOfItsParts) {
  const std::array messages{ChatMessage{"user", "안녕하세요 12", ""}, ChatMessage{"user", "", ""},
                            ChatMessage{"user", "Hello", ""}};
  for (const EstimateCounter& counter : {EstimateCounter(), EstimateCounter(VocabularyFamily::mistral)})
    EXPECT_EQ(counter.count_chat({messages, ""}).tokens,
              EstimateCounter::tokens_around(3, false) + counter.tokens_of(composition("안녕하세요 12")) +
                  counter.tokens_of(composition("Hello")));
}

}  // namespace
}  // namespace ktl::tokenizer

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

}  // namespace
}  // namespace ktl::tokenizer

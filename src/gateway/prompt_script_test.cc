#include "gateway/prompt_script.h"

#include <gtest/gtest.h>

#include <vector>

#include "telemetry/registry.h"

namespace ktl::gateway {
namespace {

using tokenizer::CountMethod;

Model model_with_framing() {
  Model model;
  model.framing = {.chat = 20, .chat_with_system = 3, .message = 5};
  return model;
}

protocol::RequestView chat_of(const std::vector<protocol::Message>& messages) {
  protocol::RequestView view;
  view.messages = messages;
  return view;
}

TEST(PromptScript, CharactersOfAllMessagesAreToldApart) {
  const std::vector<protocol::Message> messages{{"system", "안녕 abc", ""}, {"user", "가1", ""}};
  const PromptScript script = script_of(chat_of(messages), model_with_framing(), {});
  EXPECT_EQ(script.characters, (tokenizer::EstimateClasses{3, 3, 2}));
}

TEST(PromptScript, CharactersThatCountingToldAreNotCountedAgain) {
  const std::vector<protocol::Message> messages{{"user", "안녕", ""}};
  tokenizer::Count counted{4, CountMethod::estimate};
  counted.characters = tokenizer::EstimateClasses{7, 8, 9};
  EXPECT_EQ(script_of(chat_of(messages), model_with_framing(), counted).characters, counted.characters);
}

TEST(PromptScript, TokensOfAKoreanChatAreThoseOfItsTextsAlone) {
  const std::vector<protocol::Message> messages{{"user", "안녕하세요", ""}};
  EXPECT_EQ(script_of(chat_of(messages), model_with_framing(), {29, CountMethod::exact}).korean_tokens, 29 - 25);
  const std::vector<protocol::Message> with_system{{"system", "존댓말", ""}, {"user", "안녕하세요", ""}};
  EXPECT_EQ(script_of(chat_of(with_system), model_with_framing(), {20, CountMethod::exact}).korean_tokens, 20 - 13);
  Model learning = model_with_framing();
  learning.learner = std::make_shared<prompt::OverheadLearner>();
  EXPECT_EQ(script_of(chat_of(messages), learning, {29, CountMethod::exact, 9}).korean_tokens, 20);
}

TEST(PromptScript, OnlyKoreanTextThatWasCountedExactlySaysWhatKoreanCosts) {
  const Model model = model_with_framing();
  const std::vector<protocol::Message> korean{{"user", "안녕하세요", ""}}, english{{"user", "Hello 안녕", ""}},
      calling{{"user", "안녕하세요", ""}, {"assistant", "", "[{}]"}};
  EXPECT_EQ(script_of(chat_of(korean), model, {30, CountMethod::estimate}).korean_tokens, 0);
  EXPECT_EQ(script_of(chat_of(english), model, {30, CountMethod::exact}).korean_tokens, 0);
  EXPECT_EQ(script_of(chat_of(calling), model, {40, CountMethod::exact}).korean_tokens, 0);
  protocol::RequestView with_tools = chat_of(korean);
  with_tools.tools_json = "[{}]";
  EXPECT_EQ(script_of(with_tools, model, {90, CountMethod::exact}).korean_tokens, 0);
}

TEST(PromptScript, AModelsSyllablesAreThoseOfThePromptsWhoseTokensAreKnown) {
  telemetry::Registry registry;
  ModelMetrics metrics(registry, "korean-qwen");
  note({{10, 2, 3}, 8}, metrics);
  note({{7, 40, 1}, 0}, metrics);
  EXPECT_EQ(metrics.hangul_characters.value(), 17u);
  EXPECT_EQ(metrics.latin_characters.value(), 42u);
  EXPECT_EQ(metrics.other_characters.value(), 4u);
  EXPECT_EQ(metrics.korean_tokens.value(), 8u);
  EXPECT_EQ(metrics.korean_syllables.value(), 10u);
}

}  // namespace
}  // namespace ktl::gateway

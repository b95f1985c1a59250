#include "gateway/prompt_script.h"

#include <gtest/gtest.h>

#include <vector>

#include "telemetry/registry.h"

namespace ktl::gateway {
namespace {

using tokenizer::Composition;
using tokenizer::CountMethod;
using tokenizer::EstimateCounter;

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
  EXPECT_EQ(script.characters, (Composition{.hangul = 3, .ascii_letters = 3, .digits = 1, .blanks = 1}));
}

TEST(PromptScript, CharactersThatCountingToldAreNotCountedAgain) {
  const std::vector<protocol::Message> messages{{"user", "안녕", ""}};
  tokenizer::Count counted{4, CountMethod::estimate};
  counted.characters = Composition{7, 8, 9};
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

TEST(PromptScript, OfAnExactPromptItIsToldWhatAnEstimateWouldHaveCharged) {
  const std::vector<protocol::Message> messages{{"system", "한국어로 답하세요.", ""}, {"user", "", ""}, {"user", "Hello, 12!", ""}};
  Model model = model_with_framing();
  for (const auto family : {tokenizer::VocabularyFamily::unknown, tokenizer::VocabularyFamily::mistral}) {
    model.fallback = EstimateCounter(family, 1.2);
    std::vector<tokenizer::ChatMessage> same;
    for (const auto& message : messages) same.push_back({message.role, message.content});
    const PromptScript script = script_of(chat_of(messages), model, {31, CountMethod::exact});
    EXPECT_EQ(script.exact_tokens, 31);
    EXPECT_EQ(script.estimated_tokens, model.fallback.count_chat({.messages = same}).tokens);
  }
  const std::vector<std::string_view> texts{"안녕하세요", "abc", ""};
  protocol::RequestView prompts;
  prompts.endpoint = protocol::Endpoint::completions;
  prompts.texts = texts;
  const PromptScript script = script_of(prompts, model_with_framing(), {6, CountMethod::exact});
  EXPECT_EQ(script.exact_tokens, 6);
  EXPECT_EQ(script.estimated_tokens, 5 + 1 + 1);
}

TEST(PromptScript, WhatIsNotCountedExactlyOrCostsNothingIsNotCompared) {
  const std::vector<protocol::Message> messages{{"user", "안녕하세요", ""}};
  const Model model = model_with_framing();
  const auto compared = [&](const protocol::RequestView& view, CountMethod method) {
    const PromptScript script = script_of(view, model, {30, method});
    return script.exact_tokens + script.estimated_tokens;
  };
  EXPECT_EQ(compared(chat_of(messages), CountMethod::estimate), 0);
  protocol::RequestView counted = chat_of(messages);
  counted.endpoint = protocol::Endpoint::messages_count_tokens;
  EXPECT_EQ(compared(counted, CountMethod::exact), 0);
  protocol::RequestView with_tools = chat_of(messages);
  with_tools.tools_json = "[{}]";
  EXPECT_EQ(compared(with_tools, CountMethod::exact), 0);
  const std::vector<std::string_view> texts{"질문", "문서"};
  protocol::RequestView ranked;
  ranked.endpoint = protocol::Endpoint::rerank;
  ranked.texts = texts;
  ranked.query_texts = 1;
  EXPECT_EQ(compared(ranked, CountMethod::exact), 0);
}

TEST(PromptScript, AModelsFiguresAreTheSumsOverItsPrompts) {
  telemetry::Registry registry;
  ModelMetrics metrics(registry, "korean-qwen");
  note({.characters = {10, 2, 1, 1, 1}, .korean_tokens = 8, .exact_tokens = 30, .estimated_tokens = 42}, metrics);
  note({.characters = {7, 40, 0, 0, 1}}, metrics);
  EXPECT_EQ(metrics.hangul_characters.value(), 17u);
  EXPECT_EQ(metrics.latin_characters.value(), 42u);
  EXPECT_EQ(metrics.other_characters.value(), 4u);
  EXPECT_EQ(metrics.korean_tokens.value(), 8u);
  EXPECT_EQ(metrics.korean_syllables.value(), 10u) << "of the prompts whose tokens are known";
  EXPECT_EQ(metrics.exact_tokens.value(), 30u);
  EXPECT_EQ(metrics.estimated_tokens.value(), 42u);
}

}  // namespace
}  // namespace ktl::gateway

#include "prompt/exact_counter.h"

#include <gtest/gtest.h>

#include "prompt/test_support.h"

namespace ktl::prompt {
namespace {

using tokenizer::CountMethod;
using tokenizer::Scheme;

constexpr std::uint64_t kSeed = 20260801;

constexpr TemplateFamily kFamilies[] = {TemplateFamily::chatml, TemplateFamily::qwen2_5, TemplateFamily::qwen3,
                                        TemplateFamily::llama3, TemplateFamily::solar};

// Where the assistant's text is encoded on its own, the whole is counted in two.
std::int64_t count_whole(const tokenizer::Encoder& encoder, const ChatTemplate& chat_template, TestPrompt prompt) {
  const auto view = prompt.view();
  const std::string text = render(chat_template, view);
  const bool continues = view.continue_final_message && !joins_continued_text(chat_template.dialect) &&
                         view.messages.back().role == "assistant";
  if (!continues) return encoder.count(text);
  const std::string_view prefix = view.messages.back().content;
  return encoder.count(std::string_view(text).substr(0, text.size() - prefix.size())) + encoder.count(prefix);
}

TEST(PiecewiseCount, OfAnyPromptIsThatOfItsRenderedText) {
  Rng rng(kSeed);
  for (const Scheme scheme : {Scheme::byte_level, Scheme::sentencepiece}) {
    const auto encoder = scrambled_encoder(scheme);
    for (const TemplateFamily family : kFamilies) {
      for (const EngineDialect dialect :
           {EngineDialect::sglang_defer_loading, EngineDialect::sglang_function, EngineDialect::vllm}) {
        const ChatTemplate chat_template{family, dialect};
        const ExactCounter plain({.encoder = encoder, .scheme = scheme, .chat_template = chat_template});
        Rng cache_rng(rng.next());
        const ExactCounter cached({.encoder = encoder,
                                   .scheme = scheme,
                                   .chat_template = chat_template,
                                   .cache = std::make_shared<MessageCache>(1 << 14, cache_rng)});
        for (int i = 0; i < 400; ++i) {
          const std::uint64_t seed = rng.next();
          Rng prompt_rng(seed);
          const TestPrompt prompt = random_prompt(prompt_rng);
          const std::int64_t whole = count_whole(*encoder, chat_template, prompt);
          ASSERT_EQ(plain.count_chat(prompt.view()).tokens, whole) << "seed " << seed << ", " << name_of(family) << "\n"
                                                                   << render(chat_template, prompt.view());
          for (int again = 0; again < 2; ++again)
            ASSERT_EQ(cached.count_chat(prompt.view()).tokens, whole) << "seed " << seed << ", cached";
        }
      }
    }
  }
}

// An encoder to which <|im_start|> is ordinary text.
class WithoutAddedTokens final : public tokenizer::Encoder {
 public:
  std::int64_t count(std::string_view text) const override {
    return static_cast<std::int64_t>(text.size() * text.size());
  }
  void encode(std::string_view, std::vector<tokenizer::TokenId>&) const override {}
  std::span<const tokenizer::TokenId> leading() const override { return {}; }
  std::string_view bytes_of(tokenizer::TokenId) const override { return {}; }
};

TEST(PiecewiseCount, CountsTheWholeWhereTheTemplatesTokensAreNotTheVocabularys) {
  const auto encoder = std::make_shared<WithoutAddedTokens>();
  const ChatTemplate chat_template{TemplateFamily::chatml, EngineDialect::vllm};
  TestPrompt prompt;
  prompt.add("user", "\n가나다");
  const ExactCounter counter({.encoder = encoder, .chat_template = chat_template});
  EXPECT_EQ(counter.count_chat(prompt.view()).tokens, encoder->count(render(chat_template, prompt.view())));
}

TEST(ExactCounter, PutsTheLeadingTokensBeforePromptsAndNotBeforeTextsOrChats) {
  const auto encoder = scrambled_encoder(Scheme::byte_level);
  const ExactCounter counter({.encoder = encoder, .chat_template = {TemplateFamily::chatml, {}}});
  EXPECT_EQ(counter.count_text("안녕").tokens, encoder->count("안녕"));
  EXPECT_EQ(counter.count_prompt("안녕").tokens, encoder->count("안녕") + 1);
  EXPECT_EQ(counter.count_text("").tokens, 0);
  EXPECT_EQ(counter.count_text("안녕").method, CountMethod::exact);
}

TEST(ExactCounter, OfAnUnknownTemplateCountsContentsAndSaysThatItEstimates) {
  const auto encoder = scrambled_encoder(Scheme::byte_level);
  const auto learner = std::make_shared<OverheadLearner>();
  const ExactCounter counter({.encoder = encoder, .chat_template = {}, .learner = learner});
  TestPrompt prompt;
  prompt.add("user", "안녕");
  const std::int64_t content = encoder->count("안녕");
  EXPECT_EQ(counter.count_chat(prompt.view()).tokens, content + 8);
  EXPECT_EQ(counter.count_chat(prompt.view()).method, CountMethod::estimate);
  for (int i = 0; i < 20; ++i) learner->observe(1 + i % 4, 100, 100 + 30 + 7 * (1 + i % 4));
  EXPECT_EQ(counter.count_chat(prompt.view()).tokens, content + 37);
}

TEST(OtherEndpoints, AreCountedByTheirOwnRules) {
  const auto encoder = scrambled_encoder(Scheme::byte_level);
  const ExactCounter counter({.encoder = encoder, .chat_template = {}});
  const std::vector<std::string_view> texts{"가나", "다라 마"};
  EXPECT_EQ(count_prompts(counter, texts).tokens, encoder->count("가나") + encoder->count("다라 마") + 2);
  EXPECT_EQ(count_score(counter, "질문", texts, false).tokens,
            encoder->count("질문가나") + encoder->count("질문다라 마") + 2);
  EXPECT_EQ(count_score(counter, "질문", texts, true).tokens,
            encoder->count("가나질문") + encoder->count("다라 마질문") + 2);
  EXPECT_EQ(count_rerank(counter, "질문", texts).tokens,
            2 * encoder->count("질문") + encoder->count("가나") + encoder->count("다라 마") + 4);
}

}  // namespace
}  // namespace ktl::prompt

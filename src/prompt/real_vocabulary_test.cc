// Counts with the models' own vocabularies: $KTL_TOKENIZER_DATA/<model>.ktok, where there is one.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "prompt/exact_counter.h"
#include "prompt/framing.h"
#include "prompt/test_support.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/make_encoder.h"

namespace ktl::prompt {
namespace {

struct Loaded {
  std::shared_ptr<const tokenizer::Encoder> encoder;
  tokenizer::Scheme scheme = tokenizer::Scheme::byte_level;
};

// A tokenizer of the data folder; nothing if it is not there.
std::optional<Loaded> load(const std::string& model) {
  const char* named = std::getenv("KTL_TOKENIZER_DATA");
  const std::string folder = named != nullptr ? named : KTL_TOKENIZER_DIRECTORY;
  std::ifstream file(folder + "/" + model + ".ktok", std::ios::binary);
  if (!file) return std::nullopt;
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  auto read = tokenizer::read_compact(bytes);
  if (!read) {
    ADD_FAILURE() << model << ": " << read.error();
    return std::nullopt;
  }
  const auto shared = std::make_shared<const tokenizer::Vocabulary>(std::move(read->vocabulary));
  return Loaded{tokenizer::make_encoder(shared, {}, std::move(read->tables)), shared->scheme};
}

class WithVocabulary : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    loaded_ = load(GetParam());
    if (!loaded_) GTEST_SKIP() << "no " << GetParam() << ".ktok: scripts/fetch_tokenizers.sh makes those that may be shipped";
  }
  std::optional<Loaded> loaded_;
};

TEST_P(WithVocabulary, CountsTheRecordedChatsToTheToken) {
  std::size_t counted = 0;
  for (const RecordedChat& one : recorded_chats()) {
    for (const auto& [key, tokens] : one.tokens) {
      if (key.substr(0, key.find('/')) != GetParam() || !one.rendered.contains(key)) continue;
      const ExactCounter counter(
          {.encoder = loaded_->encoder, .scheme = loaded_->scheme, .chat_template = template_of(key)});
      EXPECT_EQ(counter.count_chat(one.prompt.view()).tokens, tokens) << one.name << ", " << key;
      EXPECT_EQ(counter.count_text(one.rendered.at(key)).tokens, tokens) << one.name << ", " << key << ", whole";
      ++counted;
    }
  }
  EXPECT_GE(counted, 9u);
}

// For figures about the text alone a token a message more or less does no harm.
TEST_P(WithVocabulary, FramingIsWhatTheTemplateAddsToTheTextsToWithinATokenAMessage) {
  const ExactCounter counter({.encoder = loaded_->encoder,
                              .scheme = loaded_->scheme,
                              .chat_template = {family_named(GetParam()).value()}});
  const Framing framing = framing_of(counter);
  const std::vector<std::string_view> texts{"대한민국의 수도는 서울입니다.", "네, 맞습니다!", "뷁은 드문 글자인가요?"};
  for (const bool with_system : {false, true}) {
    std::vector<tokenizer::ChatMessage> messages;
    std::int64_t alone = 0;
    const auto add = [&](std::string_view role, std::string_view text) {
      messages.push_back({role, text});
      alone += counter.count_text(text).tokens;
    };
    if (with_system) add("system", "존댓말로 답하세요.");
    for (int turn = 0; turn < 4; ++turn) {
      add("user", texts[static_cast<std::size_t>(turn) % texts.size()]);
      const auto count = static_cast<std::int64_t>(messages.size());
      const std::int64_t around = counter.count_chat({.messages = messages}).tokens - alone;
      EXPECT_NEAR(static_cast<double>(around), static_cast<double>(framing.of(count, with_system)),
                  static_cast<double>(count))
          << count << " messages";
      add("assistant", texts[1]);
    }
  }
}

TEST_P(WithVocabulary, CountsInPiecesWhatItCountsWhole) {
  const ChatTemplate chat_template{family_named(GetParam()).value(), EngineDialect::sglang_defer_loading};
  const ExactCounter counter({.encoder = loaded_->encoder, .scheme = loaded_->scheme, .chat_template = chat_template});
  Rng rng(11);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t seed = rng.next();
    Rng prompt_rng(seed);
    const TestPrompt prompt = random_prompt(prompt_rng);
    const std::string text = render(chat_template, prompt.view());
    ASSERT_EQ(counter.count_chat(prompt.view()).tokens, loaded_->encoder->count(text)) << "seed " << seed << "\n"
                                                                                       << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, WithVocabulary, testing::Values("qwen2.5", "llama3", "solar"), [](const auto& model) {
  return model.param == "qwen2.5" ? std::string("Qwen25") : model.param == "llama3" ? "Llama3" : "Solar";
});

}  // namespace
}  // namespace ktl::prompt

#pragma once
// Counts prompts in the tokens of the served model, as its engine will: the exact way behind tokenizer::PromptCounter.
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "prompt/chat_template.h"
#include "prompt/message_cache.h"
#include "prompt/overhead_learner.h"
#include "prompt/piecewise_count.h"
#include "tokenizer/encoder.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

// Texts are exact. Chats are exact with a known template; with an unknown one the contents are, the rest is what the
// learner has learned, and the method says estimate.
class ExactCounter final : public tokenizer::PromptCounter {
 public:
  struct Parts {
    std::shared_ptr<const tokenizer::Encoder> encoder;  // not null
    tokenizer::Scheme scheme = tokenizer::Scheme::byte_level;
    ChatTemplate chat_template{};
    std::shared_ptr<MessageCache> cache{};             // may be null
    std::shared_ptr<const OverheadLearner> learner{};  // may be null; for an unknown template
  };
  explicit ExactCounter(Parts parts);

  tokenizer::Count count_text(std::string_view text) const override;
  tokenizer::Count count_chat(const tokenizer::ChatPrompt& prompt) const override;
  tokenizer::Count count_prompt(std::string_view text) const override;

  // From now on prompts are counted as engines of that dialect render them. Any thread.
  void set_dialect(EngineDialect dialect) { dialect_.store(dialect, std::memory_order_relaxed); }

  // The contents of a chat alone: what an OverheadLearner takes.
  std::int64_t count_contents(const tokenizer::ChatPrompt& prompt) const;

 private:
  Parts parts_;
  PiecewiseCount pieces_;
  std::atomic<EngineDialect> dialect_;
};

// The other endpoints, by what SGLang makes of them. `counter` may count in any way.
//   completions, embeddings   each text is a prompt of its own: the sum of count_prompt()
//   score                     query and item are put together, without a blank, for each item
//   rerank                    query and document are tokenized as a pair; each brings its BOS
tokenizer::Count count_prompts(const tokenizer::PromptCounter& counter, std::span<const std::string_view> texts);
tokenizer::Count count_score(const tokenizer::PromptCounter& counter, std::string_view query,
                             std::span<const std::string_view> items, bool item_first);
tokenizer::Count count_rerank(const tokenizer::PromptCounter& counter, std::string_view query,
                              std::span<const std::string_view> documents);

}  // namespace ktl::prompt

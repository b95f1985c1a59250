#include "prompt/exact_counter.h"

#include <string>
#include <utility>

namespace ktl::prompt {

using tokenizer::Count;
using tokenizer::CountMethod;

ExactCounter::ExactCounter(Parts parts)
    : parts_(std::move(parts)),
      pieces_(parts_.encoder, parts_.scheme, parts_.chat_template.family, parts_.cache),
      dialect_(parts_.chat_template.dialect) {}

Count ExactCounter::count_text(std::string_view text) const {
  return {pieces_.text(text), CountMethod::exact};
}

Count ExactCounter::count_prompt(std::string_view text) const {
  const auto leading = static_cast<std::int64_t>(parts_.encoder->leading().size());
  return {leading + pieces_.text(text), CountMethod::exact};
}

Count ExactCounter::count_chat(const tokenizer::ChatPrompt& prompt) const {
  if (parts_.chat_template.family != TemplateFamily::unknown)
    return {pieces_.chat(prompt, dialect_.load(std::memory_order_relaxed)), CountMethod::exact};
  const Overhead overhead = parts_.learner ? parts_.learner->estimate() : Overhead{};
  const std::int64_t around = overhead.of(static_cast<std::int64_t>(prompt.messages.size()));
  return {count_contents(prompt) + around, CountMethod::estimate, around};
}

std::int64_t ExactCounter::count_contents(const tokenizer::ChatPrompt& prompt) const {
  std::int64_t tokens = pieces_.text(prompt.tools_json);
  for (const tokenizer::ChatMessage& message : prompt.messages)
    tokens += pieces_.text(message.content) + pieces_.text(message.tool_calls_json);
  return tokens;
}

Count count_prompts(const tokenizer::PromptCounter& counter, std::span<const std::string_view> texts) {
  Count sum;
  for (const std::string_view text : texts) {
    const Count one = counter.count_prompt(text);
    sum.tokens += one.tokens;
    sum.method = one.method;
  }
  return sum;
}

Count count_score(const tokenizer::PromptCounter& counter, std::string_view query,
                  std::span<const std::string_view> items, bool item_first) {
  Count sum;
  std::string together;
  for (const std::string_view item : items) {
    together.assign(item_first ? item : query).append(item_first ? query : item);
    const Count one = counter.count_prompt(together);
    sum.tokens += one.tokens;
    sum.method = one.method;
  }
  return sum;
}

Count count_rerank(const tokenizer::PromptCounter& counter, std::string_view query,
                   std::span<const std::string_view> documents) {
  Count sum = count_prompts(counter, documents);
  sum.tokens += counter.count_prompt(query).tokens * static_cast<std::int64_t>(documents.size());
  return sum;
}

}  // namespace ktl::prompt

#include "gateway/prompt_script.h"

#include <algorithm>

namespace ktl::gateway {
namespace {

// What the texts are made of, and the estimate of each.
PromptScript look_at(const protocol::RequestView& view, const tokenizer::EstimateCounter& fallback) {
  PromptScript script;
  const auto add = [&](std::string_view text) {
    const tokenizer::Composition characters = tokenizer::composition(text);
    script.characters += characters;
    script.estimated_tokens += fallback.tokens_of(characters);
  };
  for (const protocol::Message& message : view.messages)
    if (!message.content.empty()) add(message.content);
  for (const std::string_view text : view.texts) add(text);
  if (!view.messages.empty())
    script.estimated_tokens += fallback.tokens_around(view.messages.size(), view.messages.front().role == "system");
  return script;
}

bool is_text_alone(const protocol::RequestView& view) {
  const auto calls_tools = [](const protocol::Message& message) {
    return !message.tool_calls_json.empty() || message.reasoning_content.has_value();
  };
  return !view.has_media && view.token_ids == 0 && view.tools_json.empty() &&
         std::none_of(view.messages.begin(), view.messages.end(), calls_tools);
}

std::int64_t tokens_of_text(const protocol::RequestView& view, const Model& model, const tokenizer::Count& count) {
  if (view.messages.empty()) return count.tokens;
  if (model.learner) return count.tokens - count.around;
  const bool with_system = view.messages.front().role == "system";
  return count.tokens - model.framing.of(static_cast<std::int64_t>(view.messages.size()), with_system);
}

}  // namespace

PromptScript script_of(const protocol::RequestView& view, const Model& model, const tokenizer::Count& count) {
  if (count.characters) return {.characters = *count.characters};
  PromptScript script = look_at(view, model.fallback);
  const bool exact = count.method == tokenizer::CountMethod::exact && is_text_alone(view);
  // Queries are counted once with each of their texts.
  if (exact && view.query_texts == 0 && protocol::costs_its_prompt(view.endpoint))
    script.exact_tokens = count.tokens;
  else
    script.estimated_tokens = 0;
  if (exact && script.characters.hangul > 0 && script.characters.hangul >= script.characters.ascii_letters)
    script.korean_tokens = std::max<std::int64_t>(0, tokens_of_text(view, model, count));
  return script;
}

void note(const PromptScript& script, ModelMetrics& metrics) {
  const auto count = [](std::int64_t figure) { return static_cast<std::uint64_t>(figure); };
  metrics.hangul_characters.add(count(script.characters.hangul));
  metrics.latin_characters.add(count(script.characters.ascii_letters));
  metrics.other_characters.add(count(script.characters.neither()));
  metrics.exact_tokens.add(count(script.exact_tokens));
  metrics.estimated_tokens.add(count(script.estimated_tokens));
  if (script.korean_tokens == 0) return;
  metrics.korean_tokens.add(count(script.korean_tokens));
  metrics.korean_syllables.add(count(script.characters.hangul));
}

}  // namespace ktl::gateway

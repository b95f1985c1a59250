#include "gateway/prompt_script.h"

#include <algorithm>

namespace ktl::gateway {
namespace {

tokenizer::EstimateClasses characters_of(const protocol::RequestView& view) {
  tokenizer::EstimateClasses characters;
  for (const protocol::Message& message : view.messages) characters += tokenizer::estimate_classes(message.content);
  for (const std::string_view text : view.texts) characters += tokenizer::estimate_classes(text);
  return characters;
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
  PromptScript script;
  script.characters = count.characters ? *count.characters : characters_of(view);
  const bool korean = script.characters.hangul > 0 && script.characters.hangul >= script.characters.ascii_letters;
  if (korean && count.method == tokenizer::CountMethod::exact && is_text_alone(view))
    script.korean_tokens = std::max<std::int64_t>(0, tokens_of_text(view, model, count));
  return script;
}

void note(const PromptScript& script, ModelMetrics& metrics) {
  const auto count = [](std::int64_t figure) { return static_cast<std::uint64_t>(figure); };
  metrics.hangul_characters.add(count(script.characters.hangul));
  metrics.latin_characters.add(count(script.characters.ascii_letters));
  metrics.other_characters.add(count(script.characters.other));
  if (script.korean_tokens == 0) return;
  metrics.korean_tokens.add(count(script.korean_tokens));
  metrics.korean_syllables.add(count(script.characters.hangul));
}

}  // namespace ktl::gateway

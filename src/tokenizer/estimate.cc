#include "tokenizer/estimate.h"

#include <algorithm>

namespace ktl::tokenizer {

namespace {

// What the template puts around the text, in tokens. Source: Qwen2.5 chat template (ChatML).
constexpr std::int64_t kPerMessage = 5;        // <|im_start|> role \n … <|im_end|> \n
constexpr std::int64_t kGenerationPrompt = 3;  // <|im_start|> assistant \n
constexpr std::int64_t kDefaultSystemTurn =
    21;  // "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
constexpr std::int64_t kToolInstructions = 120;  // "# Tools … You may call one or more functions …", rounded up

}  // namespace

std::int64_t estimate(const Composition& composition, double korean_factor) {
  const double tokens = korean_factor * static_cast<double>(composition.hangul) +
                        0.25 * static_cast<double>(composition.ascii_letters) +
                        0.5 * static_cast<double>(composition.neither());
  return std::max(std::int64_t{1}, static_cast<std::int64_t>(tokens));
}

EstimateCoefficients coefficients_of(VocabularyFamily family) {
  switch (family) {
    case VocabularyFamily::qwen:
      return {.hangul = 0.767, .ascii_letters = 0.129, .digits = 1.505, .blanks = 0.474, .other = 0.474};
    case VocabularyFamily::llama3:
      return {.hangul = 0.746, .ascii_letters = 0.156, .digits = 0.703, .blanks = 0.270, .other = 0.703};
    case VocabularyFamily::mistral:
      return {.hangul = 1.357, .ascii_letters = 0.147, .digits = 1.059, .blanks = 0.415, .other = 1.059};
    case VocabularyFamily::llama2:
      return {.hangul = 1.986, .ascii_letters = 0.163, .digits = 1.119, .blanks = 0.316, .other = 1.119};
    case VocabularyFamily::unknown:
      break;
  }
  return {};
}

std::int64_t estimate(const Composition& composition, const EstimateCoefficients& coefficients) {
  const auto weighed = [](double coefficient, std::int64_t figure) {
    return coefficient * static_cast<double>(figure);
  };
  const double tokens = weighed(coefficients.hangul, composition.hangul) +
                        weighed(coefficients.ascii_letters, composition.ascii_letters) +
                        weighed(coefficients.digits, composition.digits) +
                        weighed(coefficients.blanks, composition.blanks) +
                        weighed(coefficients.other, composition.other);
  return std::max(std::int64_t{1}, static_cast<std::int64_t>(tokens));
}

std::int64_t EstimateCounter::tokens_of(const Composition& text) const {
  if (family_ == VocabularyFamily::unknown) return estimate(text, korean_factor_);
  return estimate(text, coefficients_of(family_));
}

std::int64_t EstimateCounter::tokens_around(std::size_t messages, bool with_system) {
  return kGenerationPrompt + (with_system ? 0 : kDefaultSystemTurn) + kPerMessage * static_cast<std::int64_t>(messages);
}

Count EstimateCounter::count_text(std::string_view text) const {
  const Composition characters = composition(text);
  return {.tokens = tokens_of(characters), .characters = characters};
}

Count EstimateCounter::count_chat(const ChatPrompt& prompt) const {
  const auto tokens_in = [this](std::string_view text) { return text.empty() ? 0 : tokens_of(composition(text)); };
  const bool with_system = !prompt.messages.empty() && prompt.messages.front().role == "system";
  std::int64_t tokens = tokens_around(prompt.messages.size(), with_system);
  Composition characters;
  for (const ChatMessage& message : prompt.messages) {
    tokens += tokens_in(message.tool_calls_json);
    if (message.content.empty()) continue;
    const Composition content = composition(message.content);
    tokens += tokens_of(content);
    characters += content;
  }
  if (!prompt.tools_json.empty()) tokens += kToolInstructions + tokens_in(prompt.tools_json);
  return {.tokens = tokens, .characters = characters};
}

}  // namespace ktl::tokenizer

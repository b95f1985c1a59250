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

std::int64_t estimate(const EstimateClasses& classes, double korean_factor) {
  const double tokens = korean_factor * static_cast<double>(classes.hangul) +
                        0.25 * static_cast<double>(classes.ascii_letters) + 0.5 * static_cast<double>(classes.other);
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

Count EstimateCounter::count_text(std::string_view text) const {
  if (family_ != VocabularyFamily::unknown)
    return {estimate(composition(text), coefficients_of(family_)), CountMethod::estimate};
  const EstimateClasses characters = estimate_classes(text);
  return {.tokens = estimate(characters, korean_factor_), .characters = characters};
}

Count EstimateCounter::count_chat(const ChatPrompt& prompt) const {
  const auto tokens_of = [this](std::string_view text) { return text.empty() ? 0 : count_text(text).tokens; };
  std::int64_t tokens = kGenerationPrompt;
  if (prompt.messages.empty() || prompt.messages.front().role != "system") tokens += kDefaultSystemTurn;
  std::optional<EstimateClasses> characters;
  if (family_ == VocabularyFamily::unknown) characters.emplace();
  for (const ChatMessage& message : prompt.messages) {
    tokens += kPerMessage + tokens_of(message.tool_calls_json);
    if (message.content.empty()) continue;
    const Count content = count_text(message.content);
    tokens += content.tokens;
    if (characters) *characters += *content.characters;
  }
  if (!prompt.tools_json.empty()) tokens += kToolInstructions + tokens_of(prompt.tools_json);
  return {.tokens = tokens, .characters = characters};
}

}  // namespace ktl::tokenizer

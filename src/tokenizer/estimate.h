#pragma once
// The quick estimate: how many tokens a text will cost, from the sorts of its characters alone. No vocabulary needed;
// right to within some ten per cent for Korean prose on Qwen2.5.
//
//   max(1, int(korean_factor * hangul + 0.25 * ascii_letters + 0.5 * other))
#include <cstdint>
#include <string_view>

#include "tokenizer/composition.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::tokenizer {

inline constexpr double kKoreanFactor = 1.15;  // tokens a Hangul syllable

std::int64_t estimate(const EstimateClasses& classes, double korean_factor);

// Counts every prompt by the estimate. Total: any bytes are counted, well-formed or not.
class EstimateCounter final : public PromptCounter {
 public:
  explicit EstimateCounter(double korean_factor = kKoreanFactor) : korean_factor_(korean_factor) {}

  Count count_text(std::string_view text) const override;
  // The estimate of every content, tool call and tool description, plus what ChatML puts around them.
  Count count_chat(const ChatPrompt& prompt) const override;

 private:
  double korean_factor_;
};

}  // namespace ktl::tokenizer

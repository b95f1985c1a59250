#pragma once
// The quick estimate: how many tokens a text will cost, from the sorts of its characters alone. No vocabulary needed.
//
//   max(1, int(korean_factor * hangul + 0.25 * ascii_letters + 0.5 * other))
//
// is the documented formula; on Korean prose it is a third too high for Qwen2.5. For a known vocabulary there are
// coefficients fitted to it, for digits and blanks apart, with a mean error of 5 to 8 % on Korean.
#include <cstdint>
#include <string_view>

#include "tokenizer/composition.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::tokenizer {

inline constexpr double kKoreanFactor = 1.15;  // tokens a Hangul syllable

std::int64_t estimate(const Composition& composition, double korean_factor);

// The vocabularies that coefficients are known for. Qwen2, Qwen2.5 and Qwen3 share one; SOLAR has Mistral's.
enum class VocabularyFamily : std::uint8_t { unknown, qwen, llama3, mistral, llama2 };

// Tokens for each code point of a sort.
struct EstimateCoefficients {
  double hangul = kKoreanFactor;
  double ascii_letters = 0.25;
  double digits = 0.5;
  double blanks = 0.5;
  double other = 0.5;

  friend bool operator==(const EstimateCoefficients&, const EstimateCoefficients&) = default;
};

// Fitted for relative error on half of 2,568 Korean, mixed and English samples, tested on the other half: mean absolute
// error on Korean 7.4 % (Qwen), 8.3 % (Llama-3), 5.4 % (Mistral), 5.0 % (Llama-2). Unknown: the documented formula's.
EstimateCoefficients coefficients_of(VocabularyFamily family);

// At least 1, like the documented formula.
std::int64_t estimate(const Composition& composition, const EstimateCoefficients& coefficients);

// Counts every prompt by an estimate. Total: any bytes are counted, well-formed or not.
class EstimateCounter final : public PromptCounter {
 public:
  explicit EstimateCounter(double korean_factor = kKoreanFactor) : korean_factor_(korean_factor) {}
  // By the coefficients of a known vocabulary; by the documented formula for an unknown one.
  explicit EstimateCounter(VocabularyFamily family, double korean_factor = kKoreanFactor)
      : family_(family), korean_factor_(korean_factor) {}

  Count count_text(std::string_view text) const override;
  // The estimate of every content, tool call and tool description, plus what ChatML puts around them.
  Count count_chat(const ChatPrompt& prompt) const override;

  // The parts that they are made of, for who knows what a text is made of already.
  std::int64_t tokens_of(const Composition& text) const;  // of one that is not empty
  static std::int64_t tokens_around(std::size_t messages, bool with_system);

 private:
  VocabularyFamily family_ = VocabularyFamily::unknown;
  double korean_factor_;
};

}  // namespace ktl::tokenizer

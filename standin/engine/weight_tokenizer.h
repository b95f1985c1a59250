#pragma once
// Tokens by weight, not by a vocabulary: an approximation of a Qwen-like tokenizer, deterministic and linear in its
// input.
//
//   a Hangul syllable          0.95 token     a blank before a letter or syllable   0.10 (it joins the word)
//   an ASCII letter            0.22           a blank before a digit                1
//   an ASCII digit             1              anything else                         0.45
//
// The sum is rounded down, at least 1 for a text that is not empty. For ordinary Korean and English text it stays below
// the quick estimate 1.15 * hangul + 0.25 * letters + 0.5 * other; text made of digits may exceed that estimate.
// The marks of the chat template and its default system text are known by heart: a chat costs exactly what the template
// costs, plus the weight of its content.
#include <unordered_map>

#include "standin/engine/tokenizer.h"

namespace ktl::standin {

class WeightTokenizer final : public Tokenizer {
 public:
  static constexpr std::size_t kMostRemembered = 100'000;  // pieces whose text decode() can tell

  std::int64_t count(std::string_view text) override;
  void append(std::string_view text, std::vector<TokenId>& out) override;  // equal pieces of text have equal ids
  std::string decode(const std::vector<TokenId>& ids) const override;
  std::int64_t tokens_around_pair() const override { return 5; }  // as a cross-encoder of the XLM-R family has them

 private:
  std::unordered_map<TokenId, std::string> pieces_;
};

}  // namespace ktl::standin

#pragma once
// How this simulated engine cuts text into tokens: by weight, not by a vocabulary. It is an approximation of a
// Qwen-like tokenizer and is documented as such; it is deterministic, linear in its input, and never fails on malformed
// UTF-8.
//
//   a Hangul syllable          0.95 token     a blank before a letter or syllable   0.10 (it joins the word)
//   an ASCII letter            0.22           a blank before a digit                1
//   an ASCII digit             1              anything else                         0.45
//
// The sum is rounded down, at least 1 for a text that is not empty. For ordinary Korean and English text it stays below
// the quick estimate 1.15 * hangul + 0.25 * letters + 0.5 * other; text made of digits may exceed that estimate.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ktl::standin {

using TokenId = std::uint32_t;

inline constexpr TokenId kTurnStart = 151644;
inline constexpr TokenId kTurnEnd = 151645;  // ends an answer; counted in completion_tokens, never part of the text
inline constexpr TokenId kNewline = 198;

std::int64_t count_tokens(std::string_view text);

// Appends exactly count_tokens(text) ids. Equal pieces of text have equal ids.
void append_tokens(std::string_view text, std::vector<TokenId>& out);

// The id of one piece of text.
TokenId token_of(std::string_view piece);

// Remembers which text an id stood for, as far as it has been shown to it (at most kMost pieces).
class Detokenizer {
 public:
  static constexpr std::size_t kMost = 100'000;
  std::vector<TokenId> encode(std::string_view text);
  std::string decode(const std::vector<TokenId>& ids) const;  // an id never seen becomes U+FFFD

 private:
  std::map<TokenId, std::string> pieces_;
};

}  // namespace ktl::standin

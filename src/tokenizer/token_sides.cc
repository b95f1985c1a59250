#include "tokenizer/token_sides.h"

#include <string_view>

namespace ktl::tokenizer {

std::vector<Sides> sides_of(const Vocabulary& vocabulary) {
  constexpr std::string_view kBlankMark = "\u2581";  // ▁
  const bool has_marks = vocabulary.scheme == Scheme::sentencepiece;
  const auto side = [](bool is_mark, char c) {
    return is_mark ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(c);
  };
  std::vector<Sides> sides(vocabulary.tokens.size());
  for (TokenId id = 0; id < sides.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    if (text.empty()) continue;
    sides[id] = {side(has_marks && text.starts_with(kBlankMark), text.front()),
                 side(has_marks && text.ends_with(kBlankMark), text.back())};
  }
  return sides;
}

}  // namespace ktl::tokenizer

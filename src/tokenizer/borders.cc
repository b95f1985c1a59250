#include "tokenizer/borders.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "tokenizer/token_sides.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

unsigned char byte_of(char c) {
  return static_cast<unsigned char>(c);
}

bool all_well_formed(const TokenTable& tokens) {
  for (TokenId id = 0; id < tokens.size(); ++id) {
    if (!tokens[id].empty() && unicode::is_continuation(byte_of(tokens[id].front()))) return false;
  }
  return is_utf8(tokens.all());
}

// Of one character of three bytes; 0 if `text` is none.
std::size_t code_point_of(std::string_view text) {
  if (text.size() != 3 || byte_of(text[0]) < 0xe0) return 0;
  const unicode::Decoded decoded = unicode::decode(text.data(), text.data() + text.size());
  return decoded.size == 3 ? decoded.code_point : 0;
}

std::size_t last_of_three(std::string_view text) {
  return text.size() < 3 ? 0 : code_point_of(text.substr(text.size() - 3));
}

}  // namespace

Borders::Borders(const Vocabulary& vocabulary, const TokenIndex& index) : joined_(256 * kRow), costs_(1 << 16) {
  if (!all_well_formed(vocabulary.tokens)) {
    std::ranges::fill(joined_, ~std::uint64_t{0});
    return;
  }
  for (std::size_t before = 0; before < 256; ++before) joined_[kRow * before + 0x80 / 64] = ~std::uint64_t{0};
  std::fill(costs_.begin() + 0x800, costs_.begin() + 0xd800, 3);
  std::fill(costs_.begin() + 0xe000, costs_.end(), 3);
  const std::vector<Sides> sides = sides_of(vocabulary);
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    const char* const end = text.data() + text.size();
    if (const std::size_t code_point = code_point_of(text); code_point != 0) {
      if (index.exact({text.data(), end, end}).length != 0) costs_[code_point] = 1;
    }
  }
  for (const Merge& merge : vocabulary.merges) {
    const unsigned char before = sides[merge.left].last;
    const unsigned char behind = sides[merge.right].first;
    joined_[kRow * before + behind / 64] |= std::uint64_t{1} << (behind % 64);
    if (before >= 0x80) costs_[last_of_three(vocabulary.tokens[merge.left])] = 0;
    if (behind >= 0x80) costs_[code_point_of(vocabulary.tokens[merge.right].substr(0, 3))] = 0;
  }
}

}  // namespace ktl::tokenizer

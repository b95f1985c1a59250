#include "tokenizer/borders.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

constexpr std::string_view kBlankMark = "\u2581";  // ▁

bool all_well_formed(const TokenTable& tokens) {
  for (TokenId id = 0; id < tokens.size(); ++id) {
    if (!is_utf8(tokens[id])) return false;
  }
  return true;
}

// Of one character of three bytes; 0 if `text` is none.
std::size_t code_point_of(std::string_view text) {
  if (text.size() != 3 || static_cast<unsigned char>(text[0]) < 0xe0) return 0;
  const unicode::Decoded decoded = unicode::decode(text.data(), text.data() + text.size());
  return decoded.size == 3 ? decoded.code_point : 0;
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
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    const char* const end = text.data() + text.size();
    if (const std::size_t code_point = code_point_of(text); code_point != 0) {
      if (index.exact({text.data(), end, end}).length != 0) costs_[code_point] = 1;
    }
  }
  for (const Merge& merge : vocabulary.merges) join(vocabulary.tokens[merge.left], vocabulary.tokens[merge.right]);
}

void Borders::join(std::string_view left, std::string_view right) {
  const std::string_view last = left.substr(left.size() - std::min<std::size_t>(left.size(), 3));
  const std::string_view first = right.substr(0, 3);
  costs_[code_point_of(last)] = costs_[code_point_of(first)] = 0;
  const auto before = static_cast<unsigned char>(last == kBlankMark ? ' ' : last.back());
  const auto behind = static_cast<unsigned char>(first == kBlankMark ? ' ' : first.front());
  joined_[kRow * before + behind / 64] |= std::uint64_t{1} << (behind % 64);
}

}  // namespace ktl::tokenizer

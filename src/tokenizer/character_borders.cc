#include "tokenizer/character_borders.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

bool is_continuation(char c) {
  return unicode::is_continuation(static_cast<unsigned char>(c));
}

bool is_lead_of_three(char c) {
  return (static_cast<unsigned char>(c) & 0xf0) == 0xe0;
}

// Characters of three bytes, by the bits of their number that are given: four of the first byte, six of the others.
struct Characters {
  std::size_t bits = 0;
  std::size_t given = 0;  // none: no character

  Characters& with(char c, std::size_t mask, int shift) {
    bits |= (static_cast<unsigned char>(c) & mask) << shift;
    given |= mask << shift;
    return *this;
  }
  void flag(std::vector<std::uint8_t>& flags, std::uint8_t flag) const {
    const std::size_t open = ~given & 0xffff;
    for (std::size_t rest = open;; rest = (rest - 1) & open) {  // all that `open` has room for
      flags[bits | rest] |= flag;
      if (rest == 0) return;
    }
  }
};

// Those that `token` ends with, or is an end of.
Characters at_end_of(std::string_view token) {
  Characters found;
  if (!is_continuation(token.back())) return {};
  found.with(token.back(), 0x3f, 0);
  if (token.size() == 1) return found;
  if (!is_continuation(token[token.size() - 2])) return {};
  found.with(token[token.size() - 2], 0x3f, 6);
  if (token.size() == 2) return found;
  if (!is_lead_of_three(token[token.size() - 3])) return {};
  return found.with(token[token.size() - 3], 0x0f, 12);
}

// Those that `token` begins with, or is a beginning of.
Characters at_beginning_of(std::string_view token) {
  Characters found;
  if (!is_lead_of_three(token.front())) return {};
  found.with(token.front(), 0x0f, 12);
  if (token.size() == 1) return found;
  if (!is_continuation(token[1])) return {};
  found.with(token[1], 0x3f, 6);
  if (token.size() == 2) return found;
  if (!is_continuation(token[2])) return {};
  return found.with(token[2], 0x3f, 0);
}

}  // namespace

CharacterBorders::CharacterBorders(const Vocabulary& vocabulary, const TokensOf& tokens_of, BuiltTables& given)
    : flags_(std::move(given.characters)) {
  const auto is_one = [](std::uint8_t flags) {
    return flags >= 1u << kTokensShift && flags <= (kCharacterBytes << kTokensShift | kFlags);
  };
  if (flags_.size() != kCharacters || !std::ranges::all_of(flags_, is_one)) flags_ = flags_of(vocabulary, tokens_of);
}

std::vector<std::uint8_t> CharacterBorders::flags_of(const Vocabulary& vocabulary, const TokensOf& tokens_of) {
  std::vector<std::uint8_t> flags(kCharacters);
  for (std::size_t number = 0; number < kCharacters; ++number) {
    const char character[] = {static_cast<char>(0xe0 | number >> 12), static_cast<char>(0x80 | (number >> 6 & 0x3f)),
                              static_cast<char>(0x80 | (number & 0x3f))};
    flags[number] = static_cast<std::uint8_t>(tokens_of(character) << kTokensShift);
  }
  for (const Merge& merge : vocabulary.merges) {
    const Characters before = at_end_of(vocabulary.tokens[merge.left]);
    const Characters behind = at_beginning_of(vocabulary.tokens[merge.right]);
    if (before.given == 0 || behind.given == 0) continue;
    before.flag(flags, kJoinsRight);
    behind.flag(flags, kJoinsLeft);
  }
  return flags;
}

void CharacterBorders::write(BuiltTables& tables) const {
  tables.characters = flags_;
}

}  // namespace ktl::tokenizer

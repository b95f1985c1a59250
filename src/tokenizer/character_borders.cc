#include "tokenizer/character_borders.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string_view>
#include <tuple>
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
struct Pattern {
  std::size_t bits = 0;
  std::size_t given = 0;  // none: no character

  Pattern& with(char c, std::size_t mask, int shift) {
    bits |= (static_cast<unsigned char>(c) & mask) << shift;
    given |= mask << shift;
    return *this;
  }
  // All of them, but for the bits of their number outside `mask`.
  template <class Each>
  void each(std::size_t mask, Each each) const {
    const std::size_t open = ~given & mask;
    for (std::size_t rest = open;; rest = (rest - 1) & open) {  // all that `open` has room for
      each((bits & mask) | rest);
      if (rest == 0) return;
    }
  }
  int open_bits(std::size_t mask) const { return std::popcount(~given & mask); }
};

// Those that `token` ends with, or is an end of.
Pattern at_end_of(std::string_view token) {
  Pattern found;
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
Pattern at_beginning_of(std::string_view token) {
  Pattern found;
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

CharacterBorders::CharacterBorders(const Vocabulary& vocabulary, const TokensOf& tokens_of, BuiltTables& given) {
  if (take(given)) return;
  characters_.assign(kCharacters, 0);
  find_joins(vocabulary);
  find_tokens(vocabulary, tokens_of);
}

bool CharacterBorders::take(BuiltTables& given) {
  const auto makes_tokens = [](std::uint8_t bits) { return (bits >> kTokensShift & 3) != 0; };
  if (given.characters.size() != kCharacters || !std::ranges::all_of(given.characters, makes_tokens)) return false;
  if (!std::has_single_bit(given.character_pairs.size())) return false;
  characters_ = std::move(given.characters);
  pairs_ = BitFilter(std::move(given.character_pairs));
  return true;
}

void CharacterBorders::find_joins(const Vocabulary& vocabulary) {
  constexpr int kNarrowBits = 6;
  constexpr std::size_t kMostWords = std::size_t{1} << 16;  // where there are very many pairs, the filter tells less
  // Calls each(before, behind) for merges across such a border.
  const auto each_join = [&vocabulary](auto each) {
    for (const Merge& merge : vocabulary.merges) {
      const Pattern before = at_end_of(vocabulary.tokens[merge.left]);
      const Pattern behind = at_beginning_of(vocabulary.tokens[merge.right]);
      if (before.given != 0 && behind.given != 0) each(before, behind);
    }
  };
  const auto open_bits = [](const Pattern& before, const Pattern& behind) {
    return before.open_bits(kBeforeMask) + behind.open_bits(kCharacters - 1);
  };
  std::set<std::tuple<std::size_t, std::size_t, std::uint8_t>> marked;  // patterns of many characters
  const auto mark = [&](const Pattern& pattern, std::uint8_t flag) {
    const bool is_one = pattern.open_bits(kCharacters - 1) == 0;
    if (!is_one && !marked.emplace(pattern.given, pattern.bits, flag).second) return;
    pattern.each(kCharacters - 1, [&](std::size_t number) { characters_[number] |= flag; });
  };
  std::size_t pairs = 0;
  each_join([&](const Pattern& before, const Pattern& behind) {
    const bool is_narrow = open_bits(before, behind) <= kNarrowBits;
    if (is_narrow) pairs += std::size_t{1} << open_bits(before, behind);
    mark(before, is_narrow ? kJoinsRight : kJoinsManyRight);
    mark(behind, is_narrow ? kJoinsLeft : kJoinsManyLeft);
  });
  pairs_ = BitFilter(std::vector<std::uint64_t>(std::min(BitFilter::words_for(pairs), kMostWords)));
  each_join([&](const Pattern& before, const Pattern& behind) {
    if (open_bits(before, behind) > kNarrowBits) return;
    before.each(kBeforeMask, [&](std::size_t left) {
      behind.each(kCharacters - 1, [&](std::size_t right) { pairs_.add(hash_of(left, right)); });
    });
  });
}

void CharacterBorders::find_tokens(const Vocabulary& vocabulary, const TokensOf& tokens_of) {
  std::array<bool, 256> joins_blank{};  // by its first byte
  for (const Merge& merge : vocabulary.merges) {
    if (vocabulary.tokens[merge.left] == " ") {
      joins_blank[static_cast<unsigned char>(vocabulary.tokens[merge.right].front())] = true;
    }
  }
  for (std::size_t number = 0; number < kCharacters; ++number) {
    const char text[] = {' ', static_cast<char>(0xe0 | number >> 12), static_cast<char>(0x80 | (number >> 6 & 0x3f)),
                         static_cast<char>(0x80 | (number & 0x3f))};
    const std::uint32_t alone = tokens_of({text + 1, kCharacterBytes});
    const bool is_joined = joins_blank[static_cast<unsigned char>(text[1])];
    const std::uint32_t behind_blank = is_joined ? tokens_of({text, sizeof text}) : alone + 1;
    characters_[number] |= static_cast<std::uint8_t>(alone << kTokensShift | (behind_blank - 1) << kBehindBlankShift);
  }
}

void CharacterBorders::write(BuiltTables& tables) const {
  tables.characters = characters_;
  tables.character_pairs = pairs_.words();
}

}  // namespace ktl::tokenizer

#include "tokenizer/character_borders.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "tokenizer/random_vocabulary.h"

namespace ktl::tokenizer {
namespace {

// Joins of byte strings, each of which is a token.
Vocabulary vocabulary_of(const std::vector<std::pair<std::string_view, std::string_view>>& joins) {
  Vocabulary vocabulary;
  for (const auto& [left, right] : joins) {
    const auto id = static_cast<TokenId>(vocabulary.tokens.size());
    vocabulary.tokens.push_back(left);
    vocabulary.tokens.push_back(right);
    vocabulary.tokens.push_back(std::string(left).append(right));
    vocabulary.merges.push_back({id, id + 1, id + 2});
  }
  return vocabulary;
}

CharacterBorders borders_of(const Vocabulary& vocabulary) {
  BuiltTables none;
  return {vocabulary, [](std::string_view) { return 1; }, none};
}

using Cuts = std::vector<std::size_t>;

// Where the text is cut.
Cuts cuts_of(const CharacterBorders& borders, std::string_view text) {
  Cuts cuts;
  borders.cut(text.data(), text.data() + text.size(), [&](const char*, const char* end, std::uint32_t) {
    cuts.push_back(static_cast<std::size_t>(end - text.data()));
  });
  EXPECT_EQ(cuts.back(), text.size());
  cuts.pop_back();
  return cuts;
}

using Alone = std::vector<std::uint32_t>;

// How many tokens each part makes alone, as far as it is known.
Alone alone_in(const CharacterBorders& borders, std::string_view text) {
  Alone alone;
  borders.cut(text.data(), text.data() + text.size(),
              [&](const char*, const char*, std::uint32_t tokens) { alone.push_back(tokens); });
  return alone;
}

TEST(CharacterBorders, are_where_no_merge_joins_the_characters) {
  const CharacterBorders borders = borders_of(vocabulary_of({{"가", "나"}, {"다", "라마"}}));
  EXPECT_EQ(cuts_of(borders, "가나"), Cuts{});
  EXPECT_EQ(cuts_of(borders, "나가"), Cuts{3});
  EXPECT_EQ(cuts_of(borders, "가라"), Cuts{3});  // each may be joined, though not with the other
  EXPECT_EQ(cuts_of(borders, "다라마"), Cuts{6});
  EXPECT_EQ(cuts_of(borders, "바"), Cuts{});
}

TEST(CharacterBorders, are_not_where_a_part_of_a_character_may_be_joined) {
  // 뷁 is EB B7 81, 가 EA B0 80.
  const CharacterBorders beginning = borders_of(vocabulary_of({{"다", "\xEB\xB7"}}));
  EXPECT_EQ(cuts_of(beginning, "다뷁"), Cuts{});
  EXPECT_EQ(cuts_of(beginning, "다가"), Cuts{3});
  const CharacterBorders end = borders_of(vocabulary_of({{"\xB7\x81", "나"}}));
  EXPECT_EQ(cuts_of(end, "뷁나"), Cuts{});
  EXPECT_EQ(cuts_of(end, "뷁가"), Cuts{3});
  EXPECT_EQ(cuts_of(end, "가나"), Cuts{3});
}

TEST(CharacterBorders, take_a_bounded_filter_for_any_number_of_merges) {
  Vocabulary vocabulary = vocabulary_of({{"가", "\xEB\xB7"}});
  vocabulary.merges.assign(100'000, vocabulary.merges.front());
  const CharacterBorders borders = borders_of(vocabulary);
  BuiltTables tables;
  borders.write(tables);
  EXPECT_EQ(tables.character_pairs.size() * sizeof tables.character_pairs[0], std::size_t{1} << 19);
  EXPECT_EQ(cuts_of(borders, "가뷁가나"), (Cuts{6, 9}));
}

TEST(CharacterBorders, are_only_between_two_characters_of_three_bytes) {
  const CharacterBorders borders = borders_of(vocabulary_of({}));
  EXPECT_EQ(cuts_of(borders, "a가"), Cuts{});
  EXPECT_EQ(cuts_of(borders, "가a가나"), Cuts{7});
  EXPECT_EQ(cuts_of(borders, "é가é"), Cuts{});
  EXPECT_EQ(cuts_of(borders, "가\xEB\xB7"), Cuts{});  // broken off
}

// By merges of so little of a character that the pairs would be too many to tell each of them.
TEST(CharacterBorders, are_not_where_very_many_characters_may_be_joined) {
  const CharacterBorders end = borders_of(vocabulary_of({{"\x81", "\xEA"}}));
  EXPECT_EQ(cuts_of(end, "뷁가"), Cuts{});
  EXPECT_EQ(cuts_of(end, "뷁나"), Cuts{3});
  EXPECT_EQ(cuts_of(end, "가가"), Cuts{3});
  const CharacterBorders beginning = borders_of(vocabulary_of({{"가", "\xEB"}}));
  EXPECT_EQ(cuts_of(beginning, "가나"), Cuts{});
  EXPECT_EQ(cuts_of(beginning, "가라"), Cuts{});
  EXPECT_EQ(cuts_of(beginning, "가가"), Cuts{3});
  EXPECT_EQ(cuts_of(beginning, "나라"), Cuts{3});
}

TEST(CharacterBorders, tell_how_many_tokens_a_character_makes_on_its_own_and_behind_a_blank) {
  const auto tokens_of = [](std::string_view text) -> std::uint32_t {
    return text == "가" || text == " 라" ? 1 : text == "뷁" ? 2 : 3;
  };
  BuiltTables none;
  const CharacterBorders built(vocabulary_of({{"가", "뷁"}, {" ", "라"}}), tokens_of, none);
  BuiltTables tables;
  built.write(tables);
  const CharacterBorders read(
      vocabulary_of({}), [](std::string_view) { return 1; }, tables);
  for (const CharacterBorders* borders : {&built, &read}) {
    EXPECT_EQ(alone_in(*borders, "가"), Alone{1});
    EXPECT_EQ(alone_in(*borders, "뷁나"), (Alone{2, 3}));
    EXPECT_EQ(alone_in(*borders, "가뷁"), Alone{0});
    EXPECT_EQ(alone_in(*borders, " 라가"), (Alone{1, 1}));
    EXPECT_EQ(alone_in(*borders, " 나"), Alone{3});  // as 라 begins with the same byte, each is asked for
    EXPECT_EQ(alone_in(*borders, " 가"), Alone{2});  // nothing joins the blank
    EXPECT_EQ(alone_in(*borders, "가a"), Alone{0});
    EXPECT_EQ(alone_in(*borders, "  가"), Alone{0});
    for (const std::string_view text : {" ", "  ", "a", "abc", "é가", "\xEA\xB0"}) {
      EXPECT_EQ(alone_in(*borders, text), Alone{0}) << text;
    }
  }
}

TEST(CharacterBorders, never_cut_what_a_merge_joins) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    const Vocabulary vocabulary = random_vocabulary(rng);
    if (vocabulary.scheme != Scheme::byte_level) continue;
    const CharacterBorders borders = borders_of(vocabulary);
    for (const Merge& merge : vocabulary.merges) {
      const std::string_view joined = vocabulary.tokens[merge.result];
      const std::size_t border = vocabulary.tokens[merge.left].size();
      for (std::size_t at = 0; at < border; ++at) {
        EXPECT_FALSE(std::ranges::binary_search(cuts_of(borders, joined.substr(at)), border - at)) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace ktl::tokenizer

#include "tokenizer/character_borders.h"

#include <gtest/gtest.h>

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
  return {vocabulary, [](const char*) { return 1; }, none};
}

std::size_t next(const CharacterBorders& borders, std::string_view text) {
  return static_cast<std::size_t>(borders.next(text.data(), text.data() + text.size()) - text.data());
}

TEST(CharacterBorders, are_where_no_merge_joins_the_characters) {
  const CharacterBorders borders = borders_of(vocabulary_of({{"가", "나"}, {"다", "라마"}}));
  EXPECT_EQ(next(borders, "가나"), 6u);
  EXPECT_EQ(next(borders, "나가"), 3u);
  EXPECT_EQ(next(borders, "가라"), 6u);  // each may be joined, though not with the other
  EXPECT_EQ(next(borders, "다라마"), 6u);
  EXPECT_EQ(next(borders, "바"), 3u);
}

TEST(CharacterBorders, are_not_where_a_part_of_a_character_may_be_joined) {
  // 뷁 is EB B7 81, 가 EA B0 80.
  const CharacterBorders beginning = borders_of(vocabulary_of({{"다", "\xEB\xB7"}}));
  EXPECT_EQ(next(beginning, "다뷁"), 6u);
  EXPECT_EQ(next(beginning, "다가"), 3u);
  const CharacterBorders end = borders_of(vocabulary_of({{"\x81", "\xEA"}}));
  EXPECT_EQ(next(end, "뷁가"), 6u);
  EXPECT_EQ(next(end, "뷁나"), 3u);
  EXPECT_EQ(next(end, "가가"), 3u);
}

TEST(CharacterBorders, are_only_between_two_characters_of_three_bytes) {
  const CharacterBorders borders = borders_of(vocabulary_of({}));
  EXPECT_EQ(next(borders, "a가"), 4u);
  EXPECT_EQ(next(borders, "가a가나"), 7u);
  EXPECT_EQ(next(borders, "é가é"), 7u);
  EXPECT_EQ(next(borders, "가\xEB\xB7"), 5u);  // broken off
}

TEST(CharacterBorders, tell_how_many_tokens_a_character_makes_on_its_own) {
  const auto tokens_of = [](const char* character) -> std::uint32_t {
    return std::string_view(character, 3) == "가" ? 1 : std::string_view(character, 3) == "뷁" ? 2 : 3;
  };
  BuiltTables none;
  const CharacterBorders built(vocabulary_of({{"가", "뷁"}}), tokens_of, none);
  BuiltTables tables;
  built.write(tables);
  const CharacterBorders read(vocabulary_of({}), [](const char*) { return 1; }, tables);
  for (const CharacterBorders* borders : {&built, &read}) {
    const auto tokens_at = [borders](std::string_view text) {
      return borders->tokens_at(text.data(), text.data() + text.size());
    };
    EXPECT_EQ(tokens_at("가"), 1u);
    EXPECT_EQ(tokens_at("뷁가"), 2u);
    EXPECT_EQ(tokens_at("나"), 3u);
    EXPECT_EQ(tokens_at("abc"), 0u);
    EXPECT_EQ(tokens_at("é가"), 0u);
    EXPECT_EQ(tokens_at(std::string_view("가").substr(0, 2)), 0u);
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
        EXPECT_NE(at + next(borders, joined.substr(at)), border) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace ktl::tokenizer

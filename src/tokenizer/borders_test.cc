#include "tokenizer/borders.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace ktl::tokenizer {
namespace {

Borders borders_of(const std::vector<std::string_view>& tokens, std::vector<Merge> merges) {
  Vocabulary vocabulary;
  vocabulary.scheme = Scheme::sentencepiece;
  TokenIndex index(tokens.size());
  for (const std::string_view token : tokens) {
    index.add({token == "\u2581" ? " " : token, static_cast<TokenId>(vocabulary.tokens.size())});
    vocabulary.tokens.push_back(token);
  }
  vocabulary.merges = std::move(merges);
  BuiltTables none;
  index.finish(none);
  return {vocabulary, index};
}

using Taken = std::pair<std::size_t, std::size_t>;  // bytes, tokens

Taken loners(const Borders& borders, std::string_view text) {
  const Borders::Run run = borders.loners(text.data(), text.data() + text.size());
  return {static_cast<std::size_t>(run.end - text.data()), run.tokens};
}

std::size_t next(const Borders& borders, std::string_view text) {
  return static_cast<std::size_t>(borders.next(text.data(), text.data() + text.size()) - text.data());
}

TEST(Borders, are_where_no_merge_joins_the_bytes_on_both_sides) {
  const Borders borders =
      borders_of({"a", "b", "c", "ab", "\u2581", "\u2581a", "é", "aé"}, {{0, 1, 3}, {4, 0, 5}, {0, 6, 7}});
  EXPECT_EQ(next(borders, "abc"), 2u);
  EXPECT_EQ(next(borders, "ba"), 1u);
  EXPECT_EQ(next(borders, "a b"), 1u);
  EXPECT_EQ(next(borders, " ab"), 3u);
  EXPECT_EQ(next(borders, "aé"), 3u);
  EXPECT_EQ(next(borders, "aëb"), 3u);  // the same lead byte, so it may
  EXPECT_EQ(next(borders, "b"), 1u);
}

TEST(Borders, are_before_loners) {
  const Borders borders = borders_of({"a", "가", "나", "a가"}, {{0, 1, 3}});
  EXPECT_EQ(next(borders, "a가"), 4u);
  EXPECT_EQ(next(borders, "a나"), 1u);
}

TEST(Borders, tell_loners_among_characters_of_three_bytes) {
  const Borders borders = borders_of({"가", "나", "다", "가나"}, {{0, 1, 3}});
  EXPECT_EQ(loners(borders, "다다"), Taken(6, 2));
  EXPECT_EQ(loners(borders, "다가"), Taken(3, 1));
  EXPECT_EQ(loners(borders, "나다"), Taken(0, 0));
  EXPECT_EQ(loners(borders, "다é"), Taken(3, 1));
  EXPECT_EQ(loners(borders, ""), Taken(0, 0));
}

TEST(Borders, count_a_loner_without_a_token_as_its_bytes) {
  EXPECT_EQ(loners(borders_of({"가"}, {}), "가뷁가"), Taken(9, 5));
}

TEST(Borders, take_single_ascii_characters_among_loners) {
  const Borders borders = borders_of({"가"}, {});
  EXPECT_EQ(loners(borders, " 가.가 가"), Taken(12, 6));
  EXPECT_EQ(loners(borders, "가, 가"), Taken(3, 1));
  EXPECT_EQ(loners(borders, "가."), Taken(3, 1));
}

TEST(Borders, take_no_malformed_bytes_for_loners) {
  const Borders borders = borders_of({"가"}, {});
  for (const std::string_view text :
       {"\xe0\x80\x80", "\xed\xa0\x80", "\xea\xb0", "\xea\xb0 ", "\xf0\xea\xb0\x80", "\x80"}) {
    EXPECT_EQ(loners(borders, text), Taken(0, 0));
  }
}

TEST(Borders, are_none_where_a_token_begins_inside_of_a_character) {
  const Borders borders = borders_of({"가", "\xb0\x80"}, {});
  EXPECT_EQ(loners(borders, "가"), Taken(0, 0));
  EXPECT_EQ(next(borders, "abc"), 3u);
}

}  // namespace
}  // namespace ktl::tokenizer

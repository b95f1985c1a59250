#include "tokenizer/open_sides.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace ktl::tokenizer {
namespace {

// Letters 0 to 3, then 4 = 0 1, 5 = 4 2.
Vocabulary chain(std::vector<Merge> merges) {
  Vocabulary vocabulary;
  vocabulary.scheme = Scheme::sentencepiece;
  for (const char* const text : {"a", "b", "c", "d", "ab", "abc"}) vocabulary.tokens.push_back(text);
  vocabulary.merges = std::move(merges);
  return vocabulary;
}

TEST(OpenSides, are_those_on_which_some_merge_joins_a_part) {
  for (const auto& merges : {std::vector<Merge>{{0, 1, 4}, {4, 2, 5}}, std::vector<Merge>{{4, 2, 5}, {0, 1, 4}}}) {
    const OpenSides sides(chain(merges));
    EXPECT_TRUE(sides.may_join(0, 1));
    EXPECT_TRUE(sides.may_join(0, 2));  // a begins a merge and c ends one, if not the same
    EXPECT_TRUE(sides.may_join(4, 2));
    EXPECT_FALSE(sides.may_join(3, 1));  // nothing is joined with d
    EXPECT_FALSE(sides.may_join(0, 3));
    EXPECT_FALSE(sides.may_join(1, 0));  // nothing begins with a on its right
    EXPECT_FALSE(sides.may_join(5, 2));  // abc ends with c, which is no left part
    EXPECT_FALSE(sides.may_join(0, 5));
  }
}

TEST(OpenSides, of_bytes_are_all_open) {
  Vocabulary vocabulary = chain({{0, 1, 4}});
  vocabulary.scheme = Scheme::byte_level;
  EXPECT_TRUE(OpenSides(vocabulary).may_join(3, 3));
}

}  // namespace
}  // namespace ktl::tokenizer

#include "tokenizer/short_merge.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tokenizer/encoder_fixture.h"
#include "tokenizer/random_vocabulary.h"

namespace ktl::tokenizer {
namespace {

std::array<TokenId, 256> bytes_of(const Vocabulary& vocabulary) {
  std::array<TokenId, 256> ids{};
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    if (text.size() == 1) ids[static_cast<unsigned char>(text[0])] = id;
  }
  return ids;
}

// By the definition: the lowest merge, and of equals the leftmost, until there is none.
std::vector<TokenId> merged(std::string_view text, const std::array<TokenId, 256>& bytes,
                            const std::vector<Merge>& merges) {
  std::vector<TokenId> ids;
  for (const char c : text) ids.push_back(bytes[static_cast<unsigned char>(c)]);
  for (std::size_t rank = 0; rank < merges.size();) {
    bool found = false;
    for (std::size_t at = 0; at + 1 < ids.size() && !found; ++at) {
      if (ids[at] != merges[rank].left || ids[at + 1] != merges[rank].right) continue;
      ids[at] = merges[rank].result;
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      found = true;
    }
    rank = found ? 0 : rank + 1;
  }
  return ids;
}

TEST(ShortMerge, merges_what_stands_between_two_walls_as_if_it_stood_alone) {
  int texts = 0;
  for (std::uint64_t seed = 1; texts < 4000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const Vocabulary vocabulary = random_vocabulary(rng);
    if (vocabulary.scheme != Scheme::byte_level) continue;
    const auto bytes = bytes_of(vocabulary);
    const ByteLetters letters(bytes, vocabulary);
    BuiltTables none;
    const PairRanks ranks(vocabulary.merges, none);
    for (int i = 0; i < 40; ++i, ++texts) {
      const std::size_t size = rng.below(3) == 0 ? ShortMerge::kMost : 1 + rng.below(ShortMerge::kMost);
      const std::uint64_t distance = 2 + rng.below(40);
      std::string text;
      std::uint64_t walls = 0;
      std::vector<TokenId> expected;
      std::string part;
      const auto end_part = [&] {
        for (const TokenId id : merged(part, bytes, vocabulary.merges)) expected.push_back(id);
        part.clear();
      };
      while (text.size() < size) {
        if (rng.below(distance) == 0) {
          walls |= std::uint64_t{1} << text.size();
          end_part();
        }
        text.push_back("ab= "[rng.below(4)]);
        part.push_back(text.back());
      }
      end_part();
      const ShortMerge fast(text, walls, letters, ranks, vocabulary.merges);
      std::vector<TokenId> ids;
      std::string spelled;
      fast.each([&](const Match& token) {
        ids.push_back(token.id);
        spelled.append(vocabulary.tokens[token.id]);
        EXPECT_EQ(vocabulary.tokens[token.id].size(), token.length);
        return true;
      });
      ASSERT_EQ(ids, expected) << text << " " << walls;
      ASSERT_EQ(spelled, text);
      ASSERT_EQ(fast.tokens(), ids.size());
      ASSERT_EQ(fast.first(), ids.front());
    }
  }
}

// What lies behind the text is not its own, and may be joined like any letter.
TEST(ShortMerge, does_not_look_behind_the_end_of_its_text) {
  Vocabulary vocabulary = vocabulary_of_bytes();
  vocabulary.tokens.push_back(std::string(2, '\0'));
  vocabulary.merges.push_back({0, 0, 256});
  const ByteLetters letters(bytes_of(vocabulary), vocabulary);
  BuiltTables none;
  const PairRanks ranks(vocabulary.merges, none);
  for (std::size_t size = 1; size <= ShortMerge::kMost; ++size) {
    const std::vector<char> text(size, '\0');  // nothing that may be read is behind it
    const ShortMerge merged({text.data(), size}, 0, letters, ranks, vocabulary.merges);
    EXPECT_EQ(merged.tokens(), (size + 1) / 2) << size;
    const std::vector<char> word(size, 'a');
    EXPECT_EQ(ShortMerge({word.data(), size}, 0, letters, ranks, vocabulary.merges).tokens(), size);
  }
}

}  // namespace
}  // namespace ktl::tokenizer

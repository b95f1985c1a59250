#include "tokenizer/reference_encoder.h"

#include <gtest/gtest.h>

#include "tokenizer/byte_tokens.h"

namespace ktl::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

// A byte-level vocabulary of the 256 bytes and what `merges` make, in order: "a"+"b" -> 256, ...
Vocabulary of_bytes(std::initializer_list<std::pair<TokenId, TokenId>> merges) {
  Vocabulary vocabulary;
  vocabulary.split = Split::qwen2;
  for (int byte = 0; byte < 256; ++byte) vocabulary.tokens.push_back(std::string(1, static_cast<char>(byte)));
  for (const auto& [left, right] : merges) {
    const auto result = static_cast<TokenId>(vocabulary.tokens.size());
    vocabulary.merges.push_back({left, right, result});
    vocabulary.tokens.push_back(std::string(vocabulary.tokens[left]) + std::string(vocabulary.tokens[right]));
  }
  return vocabulary;
}

Ids encode(Vocabulary vocabulary, std::string_view text) {
  Ids ids;
  const ReferenceEncoder encoder(std::make_shared<const Vocabulary>(std::move(vocabulary)));
  encoder.encode(text, ids);
  EXPECT_EQ(encoder.count(text), static_cast<std::int64_t>(ids.size()));
  return ids;
}

TEST(ReferenceEncoder, MergesTheLowestRankFirstAndTheLeftmostOfEquals) {
  EXPECT_EQ(encode(of_bytes({{'b', 'c'}, {'a', 'b'}}), "abcab"), (Ids{'a', 256, 257}));
  EXPECT_EQ(encode(of_bytes({{'a', 'a'}}), "aaa"), (Ids{256, 'a'}));
  EXPECT_EQ(encode(of_bytes({{'a', 'b'}, {256, 'c'}}), "abc"), (Ids{257}));
}

TEST(ReferenceEncoder, DoesNotMergeOverPieces) {
  EXPECT_EQ(encode(of_bytes({{'a', ' '}, {' ', 'b'}}), "a b"), (Ids{'a', 257}));
}

TEST(ReferenceEncoder, TakesAWholePieceOnlyWhereMergesAreIgnored) {
  Vocabulary vocabulary = of_bytes({});
  vocabulary.tokens.push_back("abc");
  EXPECT_EQ(encode(vocabulary, "abc"), (Ids{'a', 'b', 'c'}));
  vocabulary.ignore_merges = true;
  EXPECT_EQ(encode(vocabulary, "abc abc"), (Ids{256, ' ', 'a', 'b', 'c'}));
}

TEST(ReferenceEncoder, NormalisesBetweenAddedTokensOnly) {
  Vocabulary vocabulary = of_bytes({});
  vocabulary.nfc = true;
  vocabulary.added = {{.content = "<e>", .id = 999}};
  EXPECT_EQ(encode(vocabulary, "e\u0301<e>\u0301"), (Ids{0xC3, 0xA9, 999, 0xCC, 0x81}));
}

TEST(ReferenceEncoder, FallsBackToBytesInSentencePiecesManner) {
  Vocabulary vocabulary;
  vocabulary.scheme = Scheme::sentencepiece;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.tokens.push_back(ByteTokenName(static_cast<std::uint8_t>(byte)).view());
  }
  for (const std::string_view token : {"▁", "a", "▁a", "▁▁"}) vocabulary.tokens.push_back(token);
  vocabulary.merges = {{256, 257, 258}, {256, 256, 259}};
  vocabulary.added = {{.content = "<s>", .id = 1}};
  EXPECT_EQ(encode(vocabulary, "a  a가"), (Ids{258, 256, 258, 0xEA, 0xB0, 0x80}));
  EXPECT_EQ(encode(vocabulary, "<s>a<s> "), (Ids{1, 258, 1, 259}));
}

}  // namespace
}  // namespace ktl::tokenizer

#include "standin/engine/vocabulary_tokenizer.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "standin/engine/small_vocabulary.h"

namespace ktl::standin {
namespace {

using Ids = std::vector<TokenId>;

constexpr TokenId kAb = 256, kCd = 257, kAbCd = 258, kBc = 259, kBlankAb = 260, kTwoLines = 261, kHan = 263;
constexpr TokenId kImStart = 264, kImEnd = 265, kToolCall = 266;

// The same rule in its plainest form: look through all neighbours for the lowest id, join, begin again.
Ids merged_one_by_one(const BytePairs& pairs, std::string_view piece) {
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = parts.size();
    TokenId lowest = ~TokenId{0};
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = pairs.ids().find(parts[i] + parts[i + 1]);
      if (found != pairs.ids().end() && found->second < lowest) {
        lowest = found->second;
        best = i;
      }
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  Ids ids;
  for (const std::string& part : parts) ids.push_back(pairs.ids().find(part)->second);
  return ids;
}

// Random tokens out of three letters, each one the joint of two that exist.
BytePairs random_pairs(Rng& rng, int tokens) {
  BytePairs::Ids ids;
  std::vector<std::string> known{"a", "b", "c"};
  for (int byte = 0; byte < 256; ++byte)
    ids.emplace(std::string(1, static_cast<char>(byte)), static_cast<TokenId>(byte));
  for (int i = 0; i < tokens; ++i) {
    const std::string joint = known[rng.below(known.size())] + known[rng.below(known.size())];
    if (ids.emplace(joint, static_cast<TokenId>(256 + i)).second) known.push_back(joint);
  }
  return BytePairs::make(std::move(ids)).value();
}

TEST(BytePairs, TheQueueMergesAsLookingThroughAllNeighboursDoes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Rng rng(seed);
    const BytePairs pairs = random_pairs(rng, 20);
    std::string piece;
    for (std::uint64_t left = 1 + rng.below(60); left > 0; --left) piece.push_back("abc"[rng.below(3)]);
    Ids ids;
    pairs.append(piece, ids);
    const bool whole = pairs.ids().contains(piece);
    EXPECT_EQ(ids, whole ? Ids{pairs.ids().find(piece)->second} : merged_one_by_one(pairs, piece))
        << "seed " << seed << " piece " << piece;
  }
}

TEST(VocabularyTokenizer, MergesTheLowestIdFirst) {
  const auto tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer->encode("abcd"), (Ids{kAbCd}));
  EXPECT_EQ(tokenizer->encode("bcd"), (Ids{'b', kCd}));  // cd before bc
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{kAb, 'c'}));
  EXPECT_EQ(tokenizer->encode("xbc"), (Ids{'x', kBc}));
  EXPECT_EQ(tokenizer->encode("ab ab\n\nab"), (Ids{kAb, kBlankAb, kTwoLines, kAb}));
}

TEST(VocabularyTokenizer, NothingIsMergedAcrossPieces) {
  const auto tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer->encode("a\nb"), (Ids{'a', '\n', 'b'}));
  EXPECT_EQ(tokenizer->encode("12"), (Ids{'1', '2'}));
}

TEST(VocabularyTokenizer, CutsTextAsTheExpressionSays) {
  TextPieces pieces;
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(pieces.of("안녕 세계, it's 42!\n\n  x"),
            (Views{"안녕", " 세계", ",", " it", "'s", " ", "4", "2", "!\n\n", " ", " x"}));
  EXPECT_EQ(pieces.of("a   \n b"), (Views{"a", "   \n", " b"}));
  EXPECT_EQ(pieces.of("a \u180E!\u180E \u3000b"), (Views{"a", " \u180E!\u180E", " ", "\u3000b"}));
  EXPECT_EQ(pieces.of("we'RE I'\u017F"), (Views{"we", "'RE", " I", "'\u017F"}));
  EXPECT_EQ(pieces.of(""), Views{});
}

TEST(VocabularyTokenizer, CutsOutAddedTokensTheLongestOfThoseAtAPlace) {
  const auto tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer->encode("<|im_start|>ab<|im_end|>\n\n"), (Ids{kImStart, kAb, kImEnd, kTwoLines}));
  EXPECT_EQ(tokenizer->encode("<<tool_call>"), (Ids{'<', kToolCall}));
  EXPECT_EQ(tokenizer->encode("a<|im_end|>b"), (Ids{'a', kImEnd, 'b'}));
  EXPECT_EQ(tokenizer->count("<|im_en|>"), 9);
}

TEST(VocabularyTokenizer, DecomposedHangulCountsAsComposed) {
  const auto tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer->encode("한"), (Ids{kHan}));
  EXPECT_EQ(tokenizer->encode("\u1112\u1161\u11ab"), (Ids{kHan}));
}

TEST(VocabularyTokenizer, CountsWhatItAppendsOnAnyBytes) {
  const auto tokenizer = small_tokenizer();
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Rng rng(seed);
    std::string text;
    for (std::uint64_t left = rng.below(40); left > 0; --left) {
      if (rng.below(4) == 0) text += rng.below(2) == 0 ? "<|im_end|>" : "한 ab";
      text.push_back(static_cast<char>(rng.below(256)));
    }
    const Ids ids = tokenizer->encode(text);
    EXPECT_EQ(tokenizer->count(text), static_cast<std::int64_t>(ids.size())) << "seed " << seed;
    EXPECT_EQ(ids.empty(), text.empty()) << "seed " << seed;
  }
}

TEST(VocabularyTokenizer, DecodesToTheTextWithoutItsSpecialTokens) {
  const auto tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("<|im_start|>한국 abcd<tool_call>\n\n<|im_end|>")),
            "한국 abcd<tool_call>\n\n");
  EXPECT_EQ(tokenizer->decode({999}), "\uFFFD");
}

TEST(VocabularyTokenizer, StaysUsableOnOneLongPiece) {
  const auto tokenizer = small_tokenizer();
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "abcd";
  EXPECT_EQ(tokenizer->count(text), 50'000);
}

TEST(TokenizerFile, RefusesWhatItWouldCountWrongly) {
  const auto why = [](std::string_view from, std::string_view to) {
    std::string json = small_tokenizer_json();
    const std::size_t at = json.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    json.replace(at, from.size(), to);
    const auto tokenizer = read_tokenizer(json);
    return tokenizer ? std::string("taken") : tokenizer.error().message;
  };
  const std::string kind = "not a tokenizer.json of the Qwen kind: ";
  EXPECT_EQ(why(R"("lstrip":false)", R"("lstrip":null)"), "taken");
  EXPECT_EQ(why("{", "["), kind + "not JSON");
  EXPECT_EQ(why(R"("BPE")", R"("Unigram")"), kind + "the model is Unigram");
  EXPECT_EQ(why(R"(\\p{N}|)", R"(\\p{N}{1,3}|)"), kind + "it cuts text by another expression");
  EXPECT_EQ(why(R"("NFC")", R"("NFKC")"), kind + "its normalizer is not NFC");
  EXPECT_EQ(why(R"("lstrip":false)", R"("lstrip":true)"), kind + "the added token <|im_start|> has /lstrip");
  EXPECT_EQ(why(R"("a":97,)", ""), "the vocabulary lacks the byte 97");
  EXPECT_EQ(why(R"("ab":256)", R"("ab":257)"), kind + "the ids do not follow the merges at cd");
  EXPECT_EQ(why(R"("a b")", R"("a z")"), kind + "a merge makes no token: az");
}

}  // namespace
}  // namespace ktl::standin

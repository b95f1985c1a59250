// The published tokenizers against vectors made with the reference (tests/vectors/tokenizer). The vocabularies are too
// large for the repository: scripts/fetch_tokenizers.sh makes those that may be shipped. Others are read where
// KTL_TOKENIZER_DATA names a directory with NAME.ktok. A model that is not at hand is skipped, and the test says so.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/encoder_fixture.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/reference_encoder.h"

namespace ktl::tokenizer {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string directory() {
  const char* const named = std::getenv("KTL_TOKENIZER_DATA");
  return named != nullptr ? named : KTL_TOKENIZER_DIRECTORY;
}

std::string fnv_of(const std::vector<TokenId>& ids) {
  std::uint64_t hash = 14695981039346656037u;
  for (const TokenId id : ids) {
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ (id >> shift & 0xff)) * 1099511628211u;
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

class Encoding : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string file = content_of(directory() + "/" + GetParam() + ".ktok");
    if (file.empty()) GTEST_SKIP() << "no " << GetParam() << ".ktok in " << directory();
    auto read = read_compact(file);
    ASSERT_TRUE(read.has_value()) << read.error();
    ASSERT_FALSE(read->tables.empty());
    vocabulary_ = std::make_shared<const Vocabulary>(std::move(read->vocabulary));
    encoder_ = make_encoder(vocabulary_, {}, std::move(read->tables));
  }
  void check(const std::string& path, std::size_t least) {
    simdjson::dom::parser parser;
    std::size_t compared = 0;
    for (const simdjson::dom::element line : parser.load_many(path, std::size_t{1} << 20)) {
      const std::string_view text = line["text"];
      const std::string_view expected = line["fnv"][GetParam()];
      const std::int64_t count = line["count"][GetParam()];
      EXPECT_EQ(fnv_of(ids_of(*encoder_, text)), expected) << text;
      EXPECT_EQ(encoder_->count(text), count) << text;
      ++compared;
    }
    EXPECT_GE(compared, least);
  }

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::unique_ptr<Encoder> encoder_;
};

// With the tables that it makes itself, which lack nothing: it must not merge because it found no way.
class OwnTables : public Encoding {
 protected:
  void SetUp() override {
    Encoding::SetUp();
    if (vocabulary_) encoder_ = make_encoder(vocabulary_);
  }
};

TEST_P(Encoding, meets_the_vectors_on_hard_strings) {
  check("tests/vectors/tokenizer/strings.jsonl", 300);
}

TEST_P(Encoding, meets_the_vectors_on_korean_prose) {
  check("tests/vectors/tokenizer/prose.jsonl", 40);
}

// Each token behind its beginnings that are tokens, once and twice: there the search has most to take back.
TEST_P(OwnTables, give_the_reference_ids_for_each_token_behind_its_own_beginning) {
  constexpr std::size_t kCompared = 23;  // every so many; the others must just be counted
  const ReferenceEncoder reference(vocabulary_);
  const TokenTable& tokens = vocabulary_->tokens;
  std::unordered_set<std::string_view> known;
  for (TokenId id = 0; id < tokens.size(); ++id) known.insert(tokens[id]);
  std::size_t texts = 0;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    const std::string_view token = tokens[id];
    std::size_t beginnings = 0;
    for (std::size_t size = token.size() - 1; size >= 2 && size < token.size() && beginnings < 3; --size) {
      if (!known.contains(token.substr(0, size))) continue;
      ++beginnings;
      std::string text(token.substr(0, size));
      if (texts % 2 == 0) text += token.substr(0, size);
      text += token;
      const std::int64_t count = encoder_->count(text);
      if (texts++ % kCompared == 0) {
        const std::vector<TokenId> expected = ids_of(reference, text);
        ASSERT_EQ(ids_of(*encoder_, text), expected) << text;
        ASSERT_EQ(count, static_cast<std::int64_t>(expected.size())) << text;
      }
    }
  }
  EXPECT_GT(texts, 50000u);
}

// A row of each ASCII character, of many lengths.
TEST_P(OwnTables, give_the_reference_ids_for_rows_of_a_character) {
  const ReferenceEncoder reference(vocabulary_);
  for (char c = '\t'; c < 0x7f; ++c) {
    for (std::size_t size : {1u, 2u, 5u, 15u, 16u, 17u, 21u, 63u, 64u, 65u, 100u, 127u, 129u, 200u, 333u}) {
      std::string text(size, c);
      if (size % 2 == 0) text += "가";
      ASSERT_NO_FATAL_FAILURE(assert_alike(*encoder_, reference, text));
    }
  }
}

// Short tokens and long ones by turns: parts are merged, parts are searched, and where they meet tokens are taken back.
TEST_P(OwnTables, give_the_reference_ids_for_words_of_letters_and_tokens) {
  const ReferenceEncoder reference(vocabulary_);
  const TokenTable& tokens = vocabulary_->tokens;
  std::vector<TokenId> words;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (tokens[id].size() > 3 && std::ranges::all_of(tokens[id], is_letter)) words.push_back(id);
  }
  ASSERT_FALSE(words.empty());
  Rng rng(29);
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    const std::size_t end = 20 + rng.below(380);
    while (text.size() < end) {
      const std::uint64_t kind = rng.below(3);
      for (std::uint64_t left = 1 + rng.below(70); kind != 0 && left > 0; --left) {
        text.push_back(static_cast<char>('a' + rng.below(26)));
      }
      for (std::uint64_t left = 1 + rng.below(4); kind == 0 && left > 0; --left) {
        text += tokens[words[rng.below(words.size())]];
      }
    }
    ASSERT_NO_FATAL_FAILURE(assert_alike(*encoder_, reference, text));
  }
}

const auto kModels = testing::Values("qwen2.5", "llama3", "solar", "llama2");
const auto kNames = [](const auto& model) { return model.param == "qwen2.5" ? "qwen2_5" : model.param; };
INSTANTIATE_TEST_SUITE_P(Models, Encoding, kModels, kNames);
INSTANTIATE_TEST_SUITE_P(Models, OwnTables, kModels, kNames);

}  // namespace
}  // namespace ktl::tokenizer

// The published tokenizers against vectors made with the reference (tests/vectors/tokenizer). The vocabularies are too
// large for the repository: scripts/fetch_tokenizers.sh makes those that may be shipped. Others are read where
// KTL_TOKENIZER_DATA names a directory with NAME.ktok. A model that is not at hand is skipped, and the test says so.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tokenizer/compact_file.h"
#include "tokenizer/make_encoder.h"

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

class Vectors : public testing::TestWithParam<std::string> {
 protected:
  void check(const std::string& path, std::size_t least) {
    const std::string file = content_of(directory() + "/" + GetParam() + ".ktok");
    if (file.empty()) GTEST_SKIP() << "no " << GetParam() << ".ktok in " << directory();
    auto read = read_compact(file);
    ASSERT_TRUE(read.has_value()) << read.error();
    ASSERT_FALSE(read->tables.empty());
    const auto encoder =
        make_encoder(std::make_shared<const Vocabulary>(std::move(read->vocabulary)), {}, std::move(read->tables));
    simdjson::dom::parser parser;
    std::size_t compared = 0;
    for (const simdjson::dom::element line : parser.load_many(path, std::size_t{1} << 20)) {
      const std::string_view text = line["text"];
      const std::string_view expected = line["fnv"][GetParam()];
      const std::int64_t count = line["count"][GetParam()];
      std::vector<TokenId> ids;
      encoder->encode(text, ids);
      EXPECT_EQ(fnv_of(ids), expected) << text;
      EXPECT_EQ(encoder->count(text), count) << text;
      ++compared;
    }
    EXPECT_GE(compared, least);
  }
};

TEST_P(Vectors, are_met_on_hard_strings) {
  check("tests/vectors/tokenizer/strings.jsonl", 300);
}

TEST_P(Vectors, are_met_on_korean_prose) {
  check("tests/vectors/tokenizer/prose.jsonl", 40);
}

INSTANTIATE_TEST_SUITE_P(Models, Vectors, testing::Values("qwen2.5", "llama3", "solar", "llama2"),
                         [](const auto& model) { return model.param == "qwen2.5" ? "qwen2_5" : model.param; });

}  // namespace
}  // namespace ktl::tokenizer

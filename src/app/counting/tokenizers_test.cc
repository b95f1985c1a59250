#include "app/counting/tokenizers.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tokenizer/compact_file.h"

namespace ktl::app {
namespace {

namespace fs = std::filesystem;

// A token for each byte.
tokenizer::Vocabulary bytes_only() {
  tokenizer::Vocabulary vocabulary;
  vocabulary.split = tokenizer::Split::qwen2;
  for (int byte = 0; byte < 256; ++byte) vocabulary.tokens.push_back(std::string(1, static_cast<char>(byte)));
  return vocabulary;
}

TEST(TokenizersTest, a_broken_tokenizer_is_told_and_taken_as_soon_as_it_is_mended) {
  std::string name = (fs::temp_directory_path() / "ktl-tokenizers-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  const std::string path = folder / "own.ktok";
  std::ofstream(path) << "no tokenizer";
  config::Config config;
  config::Model model;
  model.alias = "own";
  model.tokenizer = path;

  Tokenizers tokenizers({});
  const Counting broken = tokenizers.for_model(config, model);
  EXPECT_EQ(broken.exact, nullptr);
  EXPECT_NE(broken.problem.find("own.ktok"), std::string::npos) << broken.problem;
  EXPECT_EQ(broken.counter->count_text("abc").method, tokenizer::CountMethod::estimate);

  EXPECT_EQ(tokenizers.for_model(config, model).drift, broken.drift);  // what is learned outlives a reload

  std::ofstream(path) << tokenizer::write_compact(bytes_only());
  const Counting mended = tokenizers.for_model(config, model);
  EXPECT_EQ(mended.problem, "");
  EXPECT_EQ(mended.counter->count_text("가나").tokens, 6);
  EXPECT_EQ(tokenizers.for_model(config, model).drift, mended.drift);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace ktl::app

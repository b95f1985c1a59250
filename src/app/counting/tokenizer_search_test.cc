#include "app/counting/tokenizer_search.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace ktl::app {
namespace {

namespace fs = std::filesystem;

class TokenizerSearchTest : public testing::Test {
 protected:
  TokenizerSearchTest() {
    std::string name = (fs::temp_directory_path() / "ktl-search-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    places_ = {(folder_ / "share").string(), (folder_ / "hub").string()};
  }
  ~TokenizerSearchTest() override { fs::remove_all(folder_); }

  std::string put(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "{}";
    return (folder_ / name).string();
  }
  std::string found(std::string_view name) {
    const auto file = find_tokenizer(name, places_);
    return file ? file->path : "";
  }

  fs::path folder_;
  TokenizerPlaces places_;
};

TEST_F(TokenizerSearchTest, a_path_is_taken_as_it_is_and_a_directory_for_its_tokenizer) {
  const std::string file = put("model/tokenizer.json");
  EXPECT_EQ(found(file), file);
  EXPECT_EQ(found((folder_ / "model").string()), file);
  EXPECT_EQ(found((folder_ / "nothing").string()), "");
  EXPECT_EQ(found(""), "");
}

TEST_F(TokenizerSearchTest, a_model_of_the_cache_is_found_in_its_newest_snapshot) {
  const std::string older = put("hub/models--org--name/snapshots/aaaa/tokenizer.json");
  const std::string newer = put("hub/models--org--name/snapshots/bbbb/tokenizer.json");
  fs::last_write_time(folder_ / "hub/models--org--name/snapshots/aaaa",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  put("hub/models--org--empty/snapshots/cccc/config.json");
  EXPECT_EQ(found("org/name"), newer);
  EXPECT_EQ(found("org/empty"), "");
  EXPECT_EQ(found("org/other"), "");
}

TEST_F(TokenizerSearchTest, built_in_vocabularies_serve_the_models_that_have_them_and_no_others) {
  const std::string qwen = put("share/qwen2.5.ktok");
  const std::string solar = put("share/solar.ktok");
  for (const char* name : {"qwen2.5", "qwen3", "Qwen/Qwen2.5-3B-Instruct", "/models/Qwen2.5-Coder-7B", "Qwen/Qwen3-8B"})
    EXPECT_EQ(found(name), qwen) << name;
  for (const char* name : {"solar", "upstage/SOLAR-10.7B-Instruct-v1.0"}) EXPECT_EQ(found(name), solar) << name;
  for (const char* name : {"Qwen/Qwen2.5-VL-7B", "Qwen/Qwen3.5-9B", "meta-llama/Meta-Llama-3-8B-Instruct",
                           "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "LGAI-EXAONE/EXAONE-3.5", "korean-qwen"})
    EXPECT_EQ(found(name), "") << name;
}

TEST_F(TokenizerSearchTest, a_file_of_the_operator_comes_before_the_cache_and_the_cache_before_what_is_built_in) {
  put("share/qwen2.5.ktok");
  EXPECT_TRUE(find_tokenizer("Qwen/Qwen2.5-3B-Instruct", places_)->built_in);
  const std::string cached = put("hub/models--Qwen--Qwen2.5-3B-Instruct/snapshots/x/tokenizer.json");
  EXPECT_EQ(found("Qwen/Qwen2.5-3B-Instruct"), cached);
  EXPECT_FALSE(find_tokenizer("Qwen/Qwen2.5-3B-Instruct", places_)->built_in);
}

TEST(TokenizerNames, of_a_certain_model_are_its_own_only) {
  config::Model model;
  config::Tokenizer settings;
  settings.model_name = "Qwen/Qwen2.5-3B-Instruct";
  model.alias = "exaone";
  model.upstream_model = "LGAI-EXAONE/EXAONE-3.5";
  EXPECT_EQ(tokenizer_names(model, settings, {}), std::vector<std::string>{"LGAI-EXAONE/EXAONE-3.5"});
  model.upstream_model = "korean";  // says nothing about what it is
  EXPECT_EQ(tokenizer_names(model, settings, {}).back(), settings.model_name);
  model.tokenizer = "/models/own";
  EXPECT_EQ(tokenizer_names(model, settings, {"Qwen/Qwen2.5-7B"}), std::vector<std::string>{"/models/own"});
}

TEST(TokenizerPlacesTest, follow_the_variables_of_the_hub) {
  std::map<std::string, std::string, std::less<>> variables{{"HOME", "/home/a"}};
  const config::Environment environment = [&](std::string_view name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
  EXPECT_EQ(tokenizer_places(environment).hub_cache, "/home/a/.cache/huggingface/hub");
  EXPECT_TRUE(tokenizer_places(environment).built_in.ends_with("share/token-limiter"));
  variables["HF_HOME"] = "/hf";
  EXPECT_EQ(tokenizer_places(environment).hub_cache, "/hf/hub");
  variables["HF_HUB_CACHE"] = "/cache";
  variables["KTL_TOKENIZER_DATA"] = "/data";
  EXPECT_EQ(tokenizer_places(environment).hub_cache, "/cache");
  EXPECT_EQ(tokenizer_places(environment).built_in, "/data");
}

}  // namespace
}  // namespace ktl::app

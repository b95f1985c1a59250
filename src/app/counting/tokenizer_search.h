#pragma once
// Where the tokenizer of a model lies: a path that the operator gave, the model's own directory, the local Hugging Face
// cache, or the data that was built in. Looks at names in the file system only; reads nothing.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/language.h"

namespace ktl::app {

struct TokenizerPlaces {
  std::string built_in;   // a directory of .ktok files
  std::string hub_cache;  // …/huggingface/hub; empty: none
};
// From HF_HUB_CACHE, HF_HOME and HOME; built-in data lies beside the program (../share/token-limiter), or where
// KTL_TOKENIZER_DATA says.
TokenizerPlaces tokenizer_places(const config::Environment& environment);

struct TokenizerFile {
  std::string path;  // tokenizer.json, or a .ktok file
  bool built_in = false;
};

// `name` is a file, a directory with a tokenizer.json, the name of a model in the cache ("Qwen/Qwen2.5-3B-Instruct"),
// or the name of a model or family that a built-in vocabulary is known for ("qwen2.5"). nullopt: not here.
std::optional<TokenizerFile> find_tokenizer(std::string_view name, const TokenizerPlaces& places);

// What the engines that serve a model were started with, where the configuration says so.
std::vector<std::string> model_paths_of(const config::Config& config, const config::Model& model);

// The names under which a model's tokenizer is looked for, in this order. `model_paths` are those of its engines.
std::vector<std::string> tokenizer_names(const config::Model& model, const config::Tokenizer& settings,
                                         const std::vector<std::string>& model_paths);

}  // namespace ktl::app

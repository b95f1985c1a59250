#include "app/counting/tokenizer_search.h"

#include <algorithm>
#include <filesystem>

#include "config/serving.h"

namespace ktl::app {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::optional<TokenizerFile> in_directory(const fs::path& directory) {
  if (is_file(directory / "tokenizer.json")) return TokenizerFile{directory / "tokenizer.json"};
  return std::nullopt;
}

// models--org--name/snapshots/<commit>/tokenizer.json; refs/main names the commit.
std::optional<TokenizerFile> in_hub_cache(std::string_view name, const std::string& hub) {
  if (hub.empty() || std::count(name.begin(), name.end(), '/') != 1) return std::nullopt;
  std::string folder = "models--";
  for (const char c : name) folder += c == '/' ? std::string("--") : std::string(1, c);
  const fs::path snapshots = fs::path(hub) / folder / "snapshots";
  std::error_code failed;
  std::vector<fs::path> found;
  for (auto at = fs::directory_iterator(snapshots, failed); !failed && at != fs::directory_iterator();
       at.increment(failed))
    if (in_directory(at->path())) found.push_back(at->path());
  if (found.empty()) return std::nullopt;
  const auto newest = std::max_element(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return fs::last_write_time(a, ignored) < fs::last_write_time(b, ignored);
  });
  return in_directory(*newest);
}

// Which built-in vocabulary a model or family of that name has. All text models of Qwen2, 2.5 and 3 share one;
// SOLAR-10.7B has Mistral-7B's, as it was before v0.3.
std::string_view built_in_file(std::string_view name) {
  std::string base(name.substr(name.rfind('/') + 1));
  for (char& c : base)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto begins = [&base](std::string_view with) { return base.starts_with(with); };
  if (base.find("-vl") != std::string::npos || base.find("omni") != std::string::npos) return {};
  if (base == "qwen2.5" || base == "qwen3" || begins("qwen2-") || begins("qwen2.5-") || begins("qwen3-"))
    return "qwen2.5.ktok";
  if (base == "solar" || begins("solar-10.7b") || begins("mistral-7b-v0.1") || begins("mistral-7b-instruct-v0.2"))
    return "solar.ktok";
  return {};
}

std::optional<TokenizerFile> built_in(std::string_view name, const TokenizerPlaces& places) {
  const std::string_view file = built_in_file(name);
  if (file.empty() || places.built_in.empty()) return std::nullopt;
  const fs::path path = fs::path(places.built_in) / file;
  return is_file(path) ? std::optional(TokenizerFile{path, true}) : std::nullopt;
}

}  // namespace

TokenizerPlaces tokenizer_places(const config::Environment& environment) {
  TokenizerPlaces places;
  places.built_in = environment("KTL_TOKENIZER_DATA").value_or("");
  if (places.built_in.empty()) {
    std::error_code failed;
    const fs::path program = fs::read_symlink("/proc/self/exe", failed);
    if (!failed) places.built_in = program.parent_path().parent_path() / "share" / "token-limiter";
  }
  places.hub_cache = environment("HF_HUB_CACHE").value_or("");
  if (places.hub_cache.empty()) {
    const std::string home = environment("HF_HOME").value_or("");
    const std::string user = environment("HOME").value_or("");
    if (!home.empty())
      places.hub_cache = home + "/hub";
    else if (!user.empty())
      places.hub_cache = user + "/.cache/huggingface/hub";
  }
  return places;
}

std::optional<TokenizerFile> find_tokenizer(std::string_view name, const TokenizerPlaces& places) {
  if (name.empty()) return std::nullopt;
  const fs::path path{std::string(name)};
  if (is_file(path)) return TokenizerFile{path};
  if (auto found = in_directory(path)) return found;
  if (auto found = in_hub_cache(name, places.hub_cache)) return found;
  return built_in(name, places);
}

std::vector<std::string> model_paths_of(const config::Config& config, const config::Model& model) {
  std::vector<std::string> paths;
  for (const config::Upstream& upstream : config.upstreams) {
    if (config::serves(upstream, model) && !upstream.model_path.empty()) paths.push_back(upstream.model_path);
  }
  return paths;
}

std::vector<std::string> tokenizer_names(const config::Model& model, const config::Tokenizer& settings,
                                         const std::vector<std::string>& model_paths) {
  if (!model.tokenizer.empty()) return {model.tokenizer};
  std::vector<std::string> names{model.upstream_model};
  names.insert(names.end(), model_paths.begin(), model_paths.end());
  // The name of a certain model ("org/name", a path) has the last word: another model's vocabulary would be wrong.
  const bool certain = std::any_of(names.begin(), names.end(),
                                   [](const std::string& name) { return name.find('/') != std::string::npos; });
  if (!certain) {
    names.push_back(model.alias);
    names.push_back(settings.model_name);
  }
  return names;
}

}  // namespace ktl::app

#include "config/load.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/draft.h"
#include "config/expand.h"
#include "config/fields.h"
#include "config/merge.h"
#include "config/yaml_reader.h"

namespace ktl::config {
namespace {

void check_sections(const Node& root, Findings& findings) {
  Fields fields(root, findings);
  for (const char* name :
       {"server", "dashboard", "sglang_server", "upstreams", "models", "default_limits", "global_limits", "tokenizer",
        "storage", "rate_limiting", "security", "users", "api_keys", "groups", "logging", "metrics"})
    fields.child(name);
  fields.finish();
}

tl::expected<std::string, std::string> content_of(const std::string& path) {
  if (std::filesystem::is_directory(path)) return tl::unexpected<std::string>(std::strerror(EISDIR));
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected<std::string>(std::strerror(errno));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace

tl::expected<Config, Problems> parse(std::span<const Source> sources, const Environment& environment,
                                     Language language) {
  Findings findings(sources, language);
  Node root;
  bool readable = true;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto tree = read_yaml(sources[i], i, findings);
    if (!tree) {
      readable = false;
      continue;
    }
    if (!tree->is_null() && tree->kind != Node::Kind::map) {
      findings.add(tree->at, "설정 파일은 '이름: 값' 형식의 맵이어야 합니다",
                   "a configuration is a map of 'name: value'");
      continue;
    }
    expand_variables(*tree, environment, findings);
    merge_over(root, std::move(*tree));
  }
  if (!readable) return tl::unexpected(findings.take());  // the rest would only be consequences
  Draft draft;
  check_sections(root, findings);
  read_process(root, draft, findings);
  read_engines(root, draft, findings);
  read_people(root, draft, findings);
  cross_check(draft, findings);
  if (!findings.empty()) return tl::unexpected(findings.take());
  draft.config.origins = origins_of(root, sources);
  return std::move(draft.config);
}

tl::expected<Config, Problems> load(std::span<const std::string> paths, const Environment& environment,
                                    Language language) {
  std::vector<Source> sources;
  Problems problems;
  for (const std::string& path : paths) {
    auto content = content_of(path);
    if (content) {
      sources.push_back({path, std::move(*content)});
    } else {
      problems.push_back(
          {path, 0, 0, fmt::format("{}: {}", say(language, "읽을 수 없습니다", "cannot be read"), content.error())});
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return parse(sources, environment, language);
}

}  // namespace ktl::config

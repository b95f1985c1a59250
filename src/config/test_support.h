#pragma once
// Test support: texts as configuration files, and an environment that the test writes.
#include <map>
#include <string>
#include <vector>

#include "config/load.h"

namespace ktl::config {

using Variables = std::map<std::string, std::string, std::less<>>;

inline Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

// Files a.yaml, b.yaml, …
inline tl::expected<Config, Problems> parse_texts(const std::vector<std::string>& texts, Variables variables = {},
                                                  Language language = Language::english) {
  std::vector<Source> sources;
  for (const std::string& text : texts) {
    const char letter = static_cast<char>('a' + sources.size());
    sources.push_back({std::string(1, letter) + ".yaml", text});
  }
  return parse(sources, environment_of(std::move(variables)), language);
}

inline std::string all_of(const Problems& problems) {
  std::string out;
  for (const Problem& problem : problems) out += problem.text() + "\n";
  return out;
}

}  // namespace ktl::config

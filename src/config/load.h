#pragma once
// YAML files -> Config, or all that is wrong with them.
//
// Later files override earlier ones key by key: maps are merged, anything else replaces. An entry of users, api_keys,
// groups or models that a later file sets to nothing (`name:`) is removed. `${NAME}` and `${NAME:-default}` anywhere in
// a value or key stand for environment variables; `$${` is a literal `${`. Errors are collected, not only the first;
// each says file, line and column (from 1, in characters) and, for a wrong name, the nearest right one. Messages never
// repeat a secret. Source form: YAML 1.2 as yaml-cpp reads it; aliases allowed, at most 200,000 nodes and 4 MiB a file.
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/language.h"

namespace ktl::config {

struct Problem {
  std::string file;
  int line = 0;  // 0: concerns the whole file
  int column = 0;
  std::string message;

  // "file:line:column: message"
  std::string text() const;
};

using Problems = std::vector<Problem>;

struct Source {
  std::string name;  // for messages
  std::string text;
};

// Pure but for the time zone database, which day_timezone may need.
tl::expected<Config, Problems> parse(std::span<const Source> sources, const Environment& environment,
                                     Language language = Language::english);

// Reads the files, then parse().
tl::expected<Config, Problems> load(std::span<const std::string> paths, const Environment& environment,
                                    Language language = Language::english);

}  // namespace ktl::config

#pragma once
// The configuration of a command: the files named on the command line, or the shipped development default.
#include <optional>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

// config/sglang_korean.yaml and config/korean_users.yaml, in the working directory or in the source tree that this
// program was built in; empty if neither is there.
std::vector<std::string> default_config_files();

// Loads `files`, or the default files if there are none named. Prints every problem to `err`; nullopt then.
std::optional<config::Config> load_or_report(const CommandContext& context, std::vector<std::string>& files);

}  // namespace ktl::app

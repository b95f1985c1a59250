#pragma once
// The command line of token-limiter: which command, with what, in which language.
#include <functional>
#include <span>
#include <string>

#include "app/cli/context.h"
#include "app/serve.h"
#include "config/config.h"

namespace ktl::app {

// The commands that live elsewhere.
struct LongCommands {
  std::function<int(const config::Config&, const ServeOptions&)> serve;
  std::function<int(std::span<const std::string>, const CommandContext&)> bench;
  std::function<int(std::span<const std::string>, const CommandContext&)> top;
  std::function<int(const CommandContext&, const config::Config&, const std::string& model)> token_test;
};

// Parses `arguments` (without the program's name) and runs the command. The language is that of --lang, else that of
// the context. Returns the exit code: 0 done, 1 failed, 2 the command line is wrong.
int run_command_line(std::span<const std::string> arguments, CommandContext context, const LongCommands& commands);

}  // namespace ktl::app

#pragma once
// `token-limiter top`: what a running gateway does, live in the terminal.
#include <span>
#include <string>

#include "app/cli/context.h"

namespace ktl::app {

// `arguments` is all that follows `top` on the command line; it parses them itself, --help included. Blocks until
// SIGINT or SIGTERM. Returns kFailed if the gateway does not let us see, or (--once) is not there.
int top_command(std::span<const std::string> arguments, const CommandContext& context);

}  // namespace ktl::app

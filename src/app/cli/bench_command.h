#pragma once
// `token-limiter bench`: drives a gateway with concurrent users and measures it.
#include <span>
#include <string>

#include "app/cli/context.h"

namespace ktl::app {

// `arguments` is all that follows `bench` on the command line; it parses them itself, --help included. Blocks until the
// run is over; SIGINT and SIGTERM end it early, with a report of what there is.
// Returns kFailed if a target completed no request or its books do not match.
int bench_command(std::span<const std::string> arguments, const CommandContext& context);

}  // namespace ktl::app

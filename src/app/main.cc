// token-limiter: the command line. See cli/command_line.h for the commands and exit codes.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "app/cli/bench_command.h"
#include "app/cli/command_line.h"
#include "app/cli/top_command.h"
#include "app/serve.h"
#include "app/token_test/token_test.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer or a pipe that goes away is an error value, not the end
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const ktl::SystemClock clock;
  const auto environment = ktl::config::process_environment();
  const ktl::app::CommandContext context{std::cout, std::cerr, ktl::config::language_of(environment), environment,
                                         clock};
  return ktl::app::run_command_line(arguments, context, {ktl::app::serve, ktl::app::bench_command, ktl::app::top_command,
                                     ktl::app::token_test_command});
}

#pragma once
// What tests of commands share: a command is run with a configuration at a time of the test's, and what it wrote is
// kept.
#include <sstream>
#include <string>
#include <string_view>

#include "app/cli/context.h"
#include "config/config.h"
#include "storage/journal/journal_fixture.h"

namespace ktl::app {

class CommandRunner {
 protected:
  template <class Command>
  int run(Command command) {
    out_.str("");
    err_.str("");
    const CommandContext context{out_, err_, config::Language::english, {}, clock_};
    return command(context);
  }
  bool says(std::string_view text) const { return out_.str().find(text) != std::string::npos; }

  storage::testing::TestClock clock_;
  config::Config config_;
  std::ostringstream out_, err_;
};

}  // namespace ktl::app

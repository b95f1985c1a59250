#pragma once
// What a command may touch of the world, and how it ends.
#include <ostream>

#include "base/clock.h"
#include "config/language.h"

namespace ktl::app {

struct CommandContext {
  std::ostream& out;  // results, for people and pipes
  std::ostream& err;  // everything else
  config::Language language;
  config::Environment environment;
  const Clock& clock;

  // One sentence in the operator's language.
  std::string_view say(std::string_view korean, std::string_view english) const {
    return config::say(language, korean, english);
  }
};

// Exit codes of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      // the configuration is wrong, the thing is not there, the store does not answer
inline constexpr int kWrongUsage = 2;  // the command line is wrong

}  // namespace ktl::app

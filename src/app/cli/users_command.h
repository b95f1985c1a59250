#pragma once
// `token-limiter users list|show|add|set|disable|enable`. Users of the configuration are shown beside those of the
// store; they are changed in the configuration, which prevails.
#include <map>
#include <optional>
#include <string>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

struct UserChange {
  std::string name;
  std::optional<std::string> description;
  std::map<std::string, std::string> limits;  // limit word -> number, or "unlimited"
};

int list_users(const CommandContext& context, const config::Config& config);
int show_user(const CommandContext& context, const config::Config& config, const std::string& name);

// A new user stands on default_limits.
int add_user(const CommandContext& context, const config::Config& config, const UserChange& wanted);
// Only what is said changes.
int set_user(const CommandContext& context, const config::Config& config, const UserChange& wanted);
int set_user_disabled(const CommandContext& context, const config::Config& config, const std::string& name,
                      bool disabled);

}  // namespace ktl::app

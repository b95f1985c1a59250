#pragma once
// `token-limiter keys create|list|disable|enable`.
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

struct NewKey {
  std::string user;
  std::string label;                // empty: the key's mask
  std::vector<std::string> models;  // allowed aliases; empty = all
  bool admin = false;
};

// Prints the new key, the only time it is seen, as the only line of `out`. A user known to the configuration only is
// written into the store first.
int create_key(const CommandContext& context, const config::Config& config, const NewKey& wanted);

// Keys of the configuration and of the store; masks and digests only.
int list_keys(const CommandContext& context, const config::Config& config);

// `which` is a key's id as listed (or at least 6 hex digits of its beginning), its label, or the key itself.
int set_key_disabled(const CommandContext& context, const config::Config& config, const std::string& which,
                     bool disabled);

}  // namespace ktl::app

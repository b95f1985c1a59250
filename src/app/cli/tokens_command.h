#pragma once
// `token-limiter tokens "안녕하세요"`: how many tokens a text costs.
#include <string>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

struct TokensQuery {
  std::string text;
  std::string model;   // an alias; empty = the first model
  std::string method;  // "exact", "estimate"; empty = exact if a tokenizer is at hand
  bool ids = false;    // the tokens themselves, one a line
};

// Prints the count, the method, and what the text is made of; or its tokens. The text must be UTF-8.
int tokens_command(const CommandContext& context, const config::Config& config, const TokensQuery& query);

}  // namespace ktl::app

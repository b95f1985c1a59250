#pragma once
// `token-limiter token-test`: how exactly prompts are counted, as a table: each kind of text counted by the model's
// tokenizer, by the fitted estimate, by the documented formula, and by the engine if one answers.
#include <string>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

// `alias`: of the model; empty = the first one. kFailed if the engine counts anything otherwise than we do exactly;
// kDone also without an engine or a tokenizer.
int token_test_command(const CommandContext& context, const config::Config& config, const std::string& alias);

}  // namespace ktl::app

#pragma once
// `token-limiter usage verify`, `adjust`, `backup` and `restore`: the ledger itself.
#include <string>

#include "app/cli/context.h"
#include "base/usage.h"
#include "config/config.h"

namespace ktl::app {

// Recomputes every balance from the ledger's entries. Exit code 1, and the differences, if one is not right. With Redis
// it says why it cannot, and what to compare instead.
int verify_usage(const CommandContext& context, const config::Config& config, bool json);

struct Correction {
  std::uint64_t charge = 0;
  TokenUsage delta;
  std::string reason;
};
// Writes a correction of an ended charge into the ledger.
int adjust_usage(const CommandContext& context, const config::Config& config, const Correction& correction);

// storage/sqlite/backup.h
int back_up_usage(const CommandContext& context, const config::Config& config, const std::string& target);
int restore_usage(const CommandContext& context, const config::Config& config, const std::string& backup);

}  // namespace ktl::app

#pragma once
// `token-limiter usage`: what was used, per day and owner, out of the ledger.
#include <string>

#include "app/cli/context.h"
#include "base/ids.h"
#include "config/config.h"

namespace ktl::app {

struct UsageQuery {
  ScopeKind by = ScopeKind::user;
  std::string name;          // only this owner; empty = all
  std::string since = "7d";  // a date, or a number of days with today ("7d")
};

// A table with one line per day and owner, and the totals. What a running gateway has not yet moved into the file (some
// hundred milliseconds of work) is not in it.
int usage_command(const CommandContext& context, const config::Config& config, const UsageQuery& query);

}  // namespace ktl::app

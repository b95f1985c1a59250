#pragma once
// `token-limiter usage show` and `usage top`: what was used, out of the sums by day.
#include <string>

#include "app/cli/context.h"
#include "base/ids.h"
#include "config/config.h"

namespace ktl::app {

struct UsageQuery {
  ScopeKind by = ScopeKind::user;
  std::string name = {};     // show: only this owner; empty = all
  std::string since = "7d";  // a date, or a number of days with today ("7d")
  std::int64_t most = 10;    // top: how many
  bool json = false;
};

// A table with one line per day and owner, and the totals; with `json` one object. What a running gateway has not yet
// moved into the file, or gateways have not yet added up in Redis (about a second of work), is not in it.
int show_usage(const CommandContext& context, const config::Config& config, const UsageQuery& query);

// The owners that used the most tokens in that time, with their shares of all that `by` used.
int top_usage(const CommandContext& context, const config::Config& config, const UsageQuery& query);

}  // namespace ktl::app

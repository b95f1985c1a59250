#pragma once
// `token-limiter usage export`: the ledger's entries as CSV or JSON lines, in constant memory.
#include <string>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

struct ExportQuery {
  std::string from = {};       // a date in the configured zone, or RFC 3339; what was admitted at or after it
  std::string to = {};         // and before it; empty: now
  std::string format = "csv";  // or jsonl
  std::string output = {};     // empty: standard output. A file is there only when it is whole.
  std::string user = {};       // only this user
  std::string model = {};      // only this model
  bool bom = false;            // a byte order mark first, for Excel
};

int export_usage(const CommandContext& context, const config::Config& config, const ExportQuery& query);

}  // namespace ktl::app

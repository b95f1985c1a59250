#pragma once
// What one scope has used, may use, and has left: the figures that /stats and the admin pages show alike.
#include "admin/json_writer.h"
#include "gateway/accounting.h"

namespace ktl::admin {

// Members of the object that is open: requests_this_minute … in_flight, total_…, limits, remaining, reset_ms.
// A limit that is not set, and what it leaves, is null.
void write_figures(JsonWriter& json, gateway::Accounting& accounting, ScopeId scope);

// total_requests, total_tokens, total_prompt_tokens, total_completion_tokens.
void write_totals(JsonWriter& json, const ledger::Totals& totals);

// {"rpm":…, …, "concurrent":…}
void write_limits(JsonWriter& json, const quota::Limits& limits);

}  // namespace ktl::admin

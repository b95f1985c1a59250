#pragma once
// Limits as they are sent to the admin pages, and as the pages show them. Pure.
#include <optional>
#include <string>

#include "admin/json_object.h"
#include "admin/json_writer.h"
#include "gateway/roster.h"

namespace ktl::admin {

// {"rpm": 10, "tpm": "unlimited", "daily": null}: an amount, none, or (null) nothing said any more. Changes `limits`
// where the order says something. Gives the name of the first member that is wrong.
std::optional<std::string> read_limits(const JsonObject& order, quota::LimitChoices& limits);

// Members of the open object: sources, set.
void write_limit_sources(JsonWriter& json, const gateway::RosterLimits& limits);
// {"rpm": 10, "tpm": "unlimited"}: what was said.
void write_choices(JsonWriter& json, const quota::LimitChoices& choices);
std::string choices_text(const quota::LimitChoices& choices);

}  // namespace ktl::admin

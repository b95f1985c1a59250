#pragma once
// When the simulated model calls a tool, and with which arguments.
#include <optional>

#include "standin/engine/answer.h"
#include "standin/http/json.h"

namespace ktl::standin {

// A call if `body` brings tools and either tool_choice demands one, or the user's text asks for what tools are for
// here: the weather (날씨), or a word of a tool's name. Required parameters are filled from the text as far as it goes.
std::optional<ToolCall> wanted_tool_call(Json body, std::string_view user_text);

}  // namespace ktl::standin

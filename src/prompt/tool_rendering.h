#pragma once
// Tools and tool calls as engines hand them to a chat template: not the client's text, but the engine's own dump.
//
// Pure; linear in the JSON. JSON that the engine would refuse (it answers 400) is taken as it was sent, so that there
// is always some text to count.
#include <string>
#include <string_view>
#include <vector>

#include "prompt/engine_dialect.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

// The dumps of the tools that the template is given, in order: none if there are no tools or the choice leaves none.
// `tools_json` is the raw JSON of "tools", or empty.
std::vector<std::string> tools_shown(std::string_view tools_json, const tokenizer::ToolChoice& choice,
                                     EngineDialect dialect);

// Whether tools_shown() has any, without the dumps.
bool shows_any_tool(std::string_view tools_json, const tokenizer::ToolChoice& choice, EngineDialect dialect);

// One call of an assistant message. Arguments that came as a string are read as JSON and dumped again.
struct ToolCall {
  std::string name;
  std::string arguments;  // JSON
};

// The calls in order. Anything but a non-empty array is no calls: an old "function_call" object is not rendered.
std::vector<ToolCall> tool_calls_of(std::string_view tool_calls_json);
bool has_tool_calls(std::string_view tool_calls_json);

}  // namespace ktl::prompt

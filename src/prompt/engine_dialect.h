#pragma once
// What engines do differently with the same request before the chat template sees it.
#include <cstdint>
#include <string_view>

namespace ktl::prompt {

// How tools are written into the prompt. What is known, read from the engines' sources:
//   SGLang  validates each tool and dumps its own copy: description, name, parameters, strict (false unless asked for).
//           0.5.9 dumps the whole tool; versions between 0.5.9 and 0.5.15 began to add "defer_loading": null to it;
//           older ones hand only the function to the template. The release that changed from the function to the whole
//           tool is not established; 0.5.6 stands for it here, and a wrong guess shows as drift on requests with tools.
//   vLLM    dumps type and function; name, description (null if absent), parameters, then whatever else was sent.
enum class EngineDialect : std::uint8_t {
  as_sent,  // the client's tools, only re-dumped: what a template alone would see
  vllm,
  sglang_function,      // {"description": …, "name": …, "parameters": …, "strict": …}
  sglang_tool,          // {"type": "function", "function": {the same}}
  sglang_defer_loading  // {"type": "function", "function": {the same}, "defer_loading": null}
};

// The dialect of an engine by its kind ("sglang", "vllm", any case) and its version, as the engine tells it ("0.5.9",
// "v0.4.6.post1", "0.5.15rc1"). Empty or unreadable version: the newest. Another kind: as_sent.
EngineDialect dialect_of(std::string_view kind, std::string_view version);

constexpr bool is_sglang(EngineDialect dialect) {
  return dialect >= EngineDialect::sglang_function;
}

// SGLang: a last assistant message becomes the user's, unless it is to be continued. Others leave it what it is.
constexpr bool turns_last_assistant_into_user(EngineDialect dialect) {
  return is_sglang(dialect);
}

// Whether the assistant text that is to be continued is tokenized together with the prompt. SGLang up to 0.5.9 (and
// perhaps some releases after) encodes it on its own and appends the tokens.
constexpr bool joins_continued_text(EngineDialect dialect) {
  return dialect != EngineDialect::sglang_function && dialect != EngineDialect::sglang_tool;
}

// Whether tool_choice narrows the tools that are shown: to none, or to the named one. vLLM shows all of them always.
constexpr bool shows_chosen_tools_only(EngineDialect dialect) {
  return dialect != EngineDialect::vllm;
}

}  // namespace ktl::prompt

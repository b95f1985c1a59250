#include "standin/engine/chat_template.h"

namespace ktl::standin {
namespace {

constexpr std::string_view kDefaultSystem = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
constexpr std::string_view kToolsBefore =
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with "
    "function signatures within <tools></tools> XML tags:\n<tools>";
constexpr std::string_view kToolsAfter =
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
    "<args-json-object>}\n</tool_call>";

void add_system(std::string& out, std::string_view content, const std::vector<std::string>& tools) {
  out.append("<|im_start|>system\n").append(content);
  if (!tools.empty()) {
    out.append(kToolsBefore);
    for (const std::string& tool : tools) out.append("\n").append(tool);
    out.append(kToolsAfter);
  }
  out.append("<|im_end|>\n");
}

void add_calls(std::string& out, const ChatTurn& turn) {
  out.append("<|im_start|>assistant");
  if (!turn.content.empty()) out.append("\n").append(turn.content);
  for (const ChatCall& call : turn.calls) {
    out.append("\n<tool_call>\n{\"name\": \"").append(call.name);  // the template does not escape it
    out.append("\", \"arguments\": ").append(call.arguments).append("}\n</tool_call>");
  }
  out.append("<|im_end|>\n");
}

}  // namespace

std::string render_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools,
                        std::string_view answer) {
  std::string out;
  const auto role_at = [&](std::size_t at) {
    return at < turns.size() ? std::string_view(turns[at].role) : std::string_view();
  };
  const bool own_system = role_at(0) == "system";
  add_system(out, own_system ? std::string_view(turns[0].content) : kDefaultSystem, tools);
  for (std::size_t at = own_system ? 1 : 0; at < turns.size(); ++at) {
    const ChatTurn& turn = turns[at];
    if (turn.role == "tool") {  // neighbours share one user turn
      if (at == 0 || role_at(at - 1) != "tool") out.append("<|im_start|>user");
      out.append("\n<tool_response>\n").append(turn.content).append("\n</tool_response>");
      if (role_at(at + 1) != "tool") out.append("<|im_end|>\n");
    } else if (turn.role == "assistant" && !turn.calls.empty()) {
      add_calls(out, turn);
    } else if (turn.role == "user" || turn.role == "system" || turn.role == "assistant") {
      out.append("<|im_start|>").append(turn.role).append("\n").append(turn.content).append("<|im_end|>\n");
    }
  }
  return out.append("<|im_start|>assistant\n").append(answer);
}

}  // namespace ktl::standin

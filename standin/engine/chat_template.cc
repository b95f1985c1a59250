#include "standin/engine/chat_template.h"

#include <array>

namespace ktl::standin {
namespace {

// "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." between its marks: 21 tokens.
constexpr std::array<TokenId, 21> kDefaultSystemTurn{151644, 8948, 198,   2610,  525,   1207,   16948,
                                                     11,     3465, 553,   54364, 14817, 13,     1446,
                                                     525,    264,  10950, 17847, 13,    151645, 198};
constexpr std::array<TokenId, 3> kAnswerBegins{kTurnStart, 77091, kNewline};

constexpr std::string_view kToolsBefore =
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with "
    "function "
    "signatures within <tools></tools> XML tags:\n<tools>";
constexpr std::string_view kToolsAfter =
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
    "<args-json-object>}\n</tool_call>";

TokenId role_token(std::string_view role) {
  if (role == "system") return 8948;
  if (role == "user") return 872;
  if (role == "assistant") return 77091;
  return token_of(role);
}

std::string tools_text(const std::vector<std::string>& tools) {
  if (tools.empty()) return {};
  std::string text(kToolsBefore);
  for (const std::string& tool : tools) {
    text += '\n';
    text += tool;
  }
  text += kToolsAfter;
  return text;
}

}  // namespace

std::vector<TokenId> render_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools) {
  std::vector<TokenId> out;
  const std::string extra = tools_text(tools);
  if (turns.empty() || turns.front().role != "system") {
    out.assign(kDefaultSystemTurn.begin(), kDefaultSystemTurn.end() - 2);
    append_tokens(extra, out);
    out.insert(out.end(), {kTurnEnd, kNewline});
  }
  bool first = true;
  for (const ChatTurn& turn : turns) {
    out.insert(out.end(), {kTurnStart, role_token(turn.role), kNewline});
    append_tokens(turn.content, out);
    if (first && turn.role == "system") append_tokens(extra, out);
    out.insert(out.end(), {kTurnEnd, kNewline});
    first = false;
  }
  out.insert(out.end(), kAnswerBegins.begin(), kAnswerBegins.end());
  return out;
}

std::int64_t count_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools) {
  std::int64_t sum = turns.empty() || turns.front().role != "system" ? std::int64_t{kDefaultSystemTurn.size()} : 0;
  if (!tools.empty()) sum += count_tokens(tools_text(tools));
  for (const ChatTurn& turn : turns) sum += 5 + count_tokens(turn.content);
  return sum + std::int64_t{kAnswerBegins.size()};
}

}  // namespace ktl::standin

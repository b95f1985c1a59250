// Anthropic's messages turned into a chat, as the real server turns them: blocks of text joined, tool results before
// the text of the same message, tools in the form of the other front end.
#include "standin/http/chat_prompt.h"
#include "standin/http/python_json.h"

namespace ktl::standin {
namespace {

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) add(out, i > 0 ? between : "", texts[i]);
  return out;
}

// The texts of the blocks of text in a list; empty ones are left out.
std::vector<std::string> block_texts(Json holder, std::string_view key) {
  std::vector<std::string> out;
  const auto content = member(holder, key);
  simdjson::dom::array blocks;
  if (!content || content->get(blocks) != simdjson::SUCCESS) return out;
  for (const Json block : blocks) {
    if (!block.is_object() || text_or(block, "type", "") != "text") continue;
    out.push_back(text_or(block, "text", ""));
    if (out.back().empty()) out.pop_back();
  }
  return out;
}

std::string text_or_blocks(Json holder, std::string_view key, std::string_view between) {
  const auto content = member(holder, key);
  return content && content->is_string() ? text_or(holder, key, "") : joined(block_texts(holder, key), between);
}

ChatCall read_call(Json block) {
  const auto input = member(block, "input");
  return {text_or(block, "name", ""), input && input->is_object() ? python_json(*input) : std::string("{}")};
}

void add_blocks(ChatPrompt& prompt, const std::string& role, simdjson::dom::array blocks) {
  ChatTurn turn{role, {}, {}};
  std::vector<std::string> texts;
  for (const Json block : blocks) {
    if (!block.is_object()) continue;
    const std::string type = text_or(block, "type", "");
    if (type == "text") {
      texts.push_back(text_or(block, "text", ""));
      if (texts.back().empty()) texts.pop_back();
    } else if (type == "tool_use") {
      turn.calls.push_back(read_call(block));
    } else if (type == "tool_result" && role == "user") {
      prompt.turns.push_back({"tool", text_or_blocks(block, "content", " "), {}});
    } else if (type == "tool_result") {
      texts.push_back("Tool result: " + text_or_blocks(block, "content", "\n"));
    }
  }
  if (texts.empty() && turn.calls.empty()) return;
  turn.content = joined(texts, " ");
  if (role == "user") prompt.last_user_text = turn.content;
  if (role != "assistant") turn.calls.clear();  // the template prints calls of the assistant only
  prompt.turns.push_back(std::move(turn));
}

std::optional<ApiError> read_tools(const StandinOptions& options, Json body, ChatPrompt& prompt) {
  const auto choice = member(body, "tool_choice");
  const std::string type = choice && choice->is_object() ? text_or(*choice, "type", "") : std::string();
  const std::string name = type == "tool" ? text_or(*choice, "name", "") : std::string();
  const auto tools = member(body, "tools");
  simdjson::dom::array list;
  if (type == "none" || !tools || tools->get(list) != simdjson::SUCCESS || list.begin() == list.end()) {
    return std::nullopt;
  }
  for (const Json tool : list) {
    if (!tool.is_object()) return schema_error("'body', 'tools', 0", "Input should be a valid dictionary");
    ToolText text;
    text.name = text_or(tool, "name", "");
    text.description = python_json_string(text_or(tool, "description", ""));
    if (const auto schema = member(tool, "input_schema")) text.parameters = python_json(*schema);
    if (member(tool, "defer_loading")) text.defer_loading = flag_or(tool, "defer_loading", false);
    if (type != "tool" || text.name == name) prompt.tools.push_back(text.dumped(options));
  }
  if (prompt.tools.empty()) return ApiError{400, "Tool '" + name + "' not found in tools list."};
  return std::nullopt;
}

}  // namespace

ReadPrompt read_messages_prompt(const StandinOptions& options, Json body) {
  ChatPrompt prompt;
  const auto system = member(body, "system");
  simdjson::dom::array list;
  const bool blocks = system && system->get(list) == simdjson::SUCCESS && list.begin() != list.end();
  std::string instructions = text_or_blocks(body, "system", "\n");
  if (blocks || !instructions.empty()) prompt.turns.push_back({"system", std::move(instructions), {}});
  const auto messages = member(body, "messages");
  if (!messages || messages->get(list) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 'messages'", "Field required"));
  }
  if (list.begin() == list.end()) return tl::unexpected(ApiError{400, "Messages cannot be empty."});
  for (const Json message : list) {
    if (!message.is_object()) return tl::unexpected(schema_error("'body', 'messages', 0", "Input should be an object"));
    const std::string role = text_or(message, "role", "user");
    const auto content = member(message, "content");
    simdjson::dom::array parts;
    if (content && content->get(parts) == simdjson::SUCCESS) {
      add_blocks(prompt, role, parts);
      continue;
    }
    prompt.turns.push_back({role, text_or(message, "content", ""), {}});
    if (role == "user") prompt.last_user_text = prompt.turns.back().content;
  }
  if (auto error = read_tools(options, body, prompt)) return tl::unexpected(*error);
  return with_last_turn_settled(std::move(prompt), false);
}

}  // namespace ktl::standin

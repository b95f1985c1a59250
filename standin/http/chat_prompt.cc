// Chat messages to turns: content parts joined by a blank, tool results and tool calls in the template's tags, tools
// re-dumped as the real server re-dumps them.
#include <algorithm>

#include "standin/http/requests.h"

namespace ktl::standin {
namespace {

// A string, or the text parts of a list joined by one blank.
std::string content_text(Json message, std::string_view key) {
  const auto content = member(message, key);
  if (!content) return {};
  std::string_view text;
  if (content->get(text) == simdjson::SUCCESS) return std::string(text);
  simdjson::dom::array parts;
  std::string joined;
  if (content->get(parts) != simdjson::SUCCESS) return joined;
  bool first = true;
  for (const Json part : parts) {
    if (!part.is_object() || !member(part, "text")) continue;
    if (!first) joined += ' ';
    joined += text_or(part, "text", "");
    first = false;
  }
  return joined;
}

std::string calls_text(Json message) {
  std::string out;
  const auto calls = member(message, "tool_calls");
  simdjson::dom::array list;
  if (!calls || calls->get(list) != simdjson::SUCCESS) return out;
  for (const Json call : list) {
    const auto function = call.is_object() ? member(call, "function") : std::nullopt;
    if (!function || !function->is_object()) continue;
    add(out, "\n<tool_call>\n{\"name\": ", Quoted{text_or(*function, "name", "")},
        ", \"arguments\": ", text_or(*function, "arguments", "{}"), "}\n</tool_call>");
  }
  return out;
}

std::string tool_text(Json tool) {
  const auto function = tool.is_object() ? member(tool, "function") : std::nullopt;
  std::string out;
  if (!function || !function->is_object()) return out;
  const auto description = member(*function, "description");
  const auto parameters = member(*function, "parameters");
  add(out, R"({"type": "function", "function": {"description": )",
      description ? python_json(*description) : std::string("null"), R"(, "name": )",
      Quoted{text_or(*function, "name", "")}, R"(, "parameters": )",
      parameters ? python_json(*parameters) : std::string("null"), R"(, "strict": )",
      flag_or(*function, "strict", false), R"(}, "defer_loading": null})");
  return out;
}

}  // namespace

tl::expected<ChatPrompt, ApiError> read_chat_prompt(Json body) {
  const auto messages = member(body, "messages");
  if (!messages) return tl::unexpected(schema_error("'body', 'messages'", "Field required"));
  simdjson::dom::array list;
  if (messages->get(list) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 'messages'", "Input should be a valid list"));
  }
  ChatPrompt prompt;
  for (const Json message : list) {
    if (!message.is_object())
      return tl::unexpected(schema_error("'body', 'messages', 0", "Input should be a valid dictionary"));
    std::string role = text_or(message, "role", "");
    std::transform(role.begin(), role.end(), role.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (role.empty()) return tl::unexpected(schema_error("'body', 'messages', 0, 'role'", "Field required"));
    const auto content = member(message, "content");
    if (content && !content->is_string() && !content->is_array()) {
      return tl::unexpected(schema_error("'body', 'messages', 0, 'content'", "Input should be a valid string"));
    }
    std::string text = content_text(message, "content");
    if (role == "user") prompt.last_user_text = text;
    text += calls_text(message);
    if (role == "tool") text = "<tool_response>\n" + text + "\n</tool_response>";
    prompt.turns.push_back({std::move(role), std::move(text)});
  }
  if (prompt.turns.empty()) return tl::unexpected(ApiError{400, "Messages cannot be empty."});
  const auto tools = member(body, "tools");
  if (tools && tools->get(list) == simdjson::SUCCESS && text_or(body, "tool_choice", "") != "none") {
    for (const Json tool : list) prompt.tools.push_back(tool_text(tool));
  }
  return prompt;
}

tl::expected<ChatPrompt, ApiError> read_messages_prompt(Json body) {
  const std::string system = content_text(body, "system");
  ChatPrompt prompt;
  if (!system.empty()) prompt.turns.push_back({"system", system});
  const auto messages = member(body, "messages");
  simdjson::dom::array list;
  if (!messages || messages->get(list) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 'messages'", "Field required"));
  }
  for (const Json message : list) {
    if (!message.is_object()) continue;
    const std::string role = text_or(message, "role", "user");
    prompt.turns.push_back({role, content_text(message, "content")});
    if (role == "user") prompt.last_user_text = prompt.turns.back().content;
  }
  if (prompt.last_user_text.empty()) return tl::unexpected(ApiError{400, "Messages cannot be empty."});
  return prompt;
}

}  // namespace ktl::standin

#include "standin/http/chat_prompt.h"

#include <algorithm>
#include <array>

#include "standin/http/python_json.h"

namespace ktl::standin {
namespace {

constexpr std::array<std::string_view, 7> kRoles{"system",   "user",      "assistant",      "tool",
                                                 "function", "developer", "latest_reminder"};

ApiError message_error(std::size_t index, std::string_view field, std::string_view what) {
  return schema_error("'body', 'messages', " + std::to_string(index) + std::string(field), what);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// A string, or the text parts of a list joined by one blank.
std::string content_text(Json message) {
  std::string text = text_or(message, "content", "");
  const auto content = member(message, "content");
  simdjson::dom::array parts;
  if (!content || content->get(parts) != simdjson::SUCCESS) return text;
  bool first = true;
  for (const Json part : parts) {
    if (!part.is_object() || text_or(part, "type", "") != "text") continue;
    add(text, first ? "" : " ", text_or(part, "text", ""));
    first = false;
  }
  return text;
}

// Arguments come as the text of a JSON object, or as that object.
tl::expected<std::string, ApiError> arguments_text(Json function) {
  const auto arguments = member(function, "arguments");
  if (!arguments) return "null";
  std::string_view text;
  if (arguments->get(text) != simdjson::SUCCESS) return python_json(*arguments);
  simdjson::dom::parser parser;
  Json parsed;
  if (parser.parse(text.data(), text.size(), true).get(parsed) != simdjson::SUCCESS) {
    return tl::unexpected(ApiError{400, "Assistant tool call function.arguments must be valid JSON."});
  }
  if (!parsed.is_object()) {
    return tl::unexpected(ApiError{400, "Assistant tool call function.arguments must be a JSON object."});
  }
  return python_json(parsed);
}

tl::expected<std::vector<ChatCall>, ApiError> read_calls(Json message) {
  std::vector<ChatCall> calls;
  const auto list = member(message, "tool_calls");
  simdjson::dom::array items;
  if (!list || list->get(items) != simdjson::SUCCESS) return calls;
  for (const Json item : items) {
    const auto function = item.is_object() ? member(item, "function") : std::nullopt;
    if (!function || !function->is_object()) {
      return tl::unexpected(schema_error("'body', 'messages', 0, 'tool_calls', 0, 'function'", "Field required"));
    }
    auto arguments = arguments_text(*function);
    if (!arguments) return tl::unexpected(arguments.error());
    calls.push_back({text_or(*function, "name", "None"), std::move(*arguments)});
  }
  return calls;
}

tl::expected<ChatTurn, ApiError> read_turn(Json message, std::size_t index) {
  if (!message.is_object()) return tl::unexpected(message_error(index, "", "Input should be a valid dictionary"));
  ChatTurn turn{lower(text_or(message, "role", "")), {}, {}};
  if (turn.role.empty()) return tl::unexpected(message_error(index, ", 'role'", "Field required"));
  if (std::find(kRoles.begin(), kRoles.end(), turn.role) == kRoles.end()) {
    return tl::unexpected(message_error(index, ", 'role'", "Value error, 'role' must be one of the known roles"));
  }
  const auto content = member(message, "content");
  if (content ? !content->is_string() && !content->is_array() : turn.role == "user") {
    return tl::unexpected(message_error(index, ", 'content'", "Input should be a valid string"));
  }
  turn.content = content_text(message);
  if (turn.role != "assistant") return turn;
  auto calls = read_calls(message);
  if (!calls) return tl::unexpected(calls.error());
  turn.calls = std::move(*calls);
  return turn;
}

ToolText read_tool(Json tool, Json function) {
  ToolText text{text_or(function, "name", ""),
                text_or(tool, "type", "function"),
                "null",
                "null",
                flag_or(function, "strict", false),
                std::nullopt};
  if (const auto description = member(function, "description")) text.description = python_json(*description);
  if (const auto parameters = member(function, "parameters")) text.parameters = python_json(*parameters);
  if (member(tool, "defer_loading")) text.defer_loading = flag_or(tool, "defer_loading", false);
  return text;
}

// tool_choice "none" renders no tools, a named tool only itself.
std::optional<ApiError> read_tools(const StandinOptions& options, Json body, ChatPrompt& prompt) {
  const auto choice = member(body, "tool_choice");
  const std::string word = text_or(body, "tool_choice", "auto");
  const auto named = choice && choice->is_object() ? member(*choice, "function") : std::nullopt;
  const std::string name = named && named->is_object() ? text_or(*named, "name", "") : std::string();
  simdjson::dom::array list;
  const auto tools = member(body, "tools");
  const bool any = tools && tools->get(list) == simdjson::SUCCESS && list.begin() != list.end();
  if (!any) {
    if (word == "required") return ApiError{400, "Tools cannot be empty if tool choice is set to required."};
    if (named) return ApiError{400, "Tools cannot be empty if tool choice is set to a specific tool."};
    return std::nullopt;
  }
  for (const Json tool : list) {
    const auto function = tool.is_object() ? member(tool, "function") : std::nullopt;
    if (!function || !function->is_object()) {
      return schema_error("'body', 'tools', 0, 'function'", "Field required");
    }
    const ToolText text = read_tool(tool, *function);
    if (word != "none" && (!named || text.name == name)) prompt.tools.push_back(text.dumped(options));
  }
  if (named && prompt.tools.empty()) return ApiError{400, "Tool '" + name + "' not found in tools list."};
  return std::nullopt;
}

}  // namespace

std::string ToolText::dumped(const StandinOptions& options) const {
  const bool deferred = defer_loading && !options.shape_0_5_9;
  std::string out;
  add(out, R"({"type": )", python_json_string(type), R"(, "function": {"description": )", description, R"(, "name": )",
      python_json_string(name), R"(, "parameters": )", parameters, R"(, "strict": )", strict);
  if (deferred) add(out, R"(, "defer_loading": )", *defer_loading);
  out += '}';
  if (deferred) {
    add(out, R"(, "defer_loading": )", *defer_loading);
  } else if (!options.shape_0_5_9) {
    add(out, R"(, "defer_loading": null)");
  }
  return out + '}';
}

ReadPrompt with_last_turn_settled(ChatPrompt prompt, bool continue_final_message) {
  if (prompt.turns.empty()) return tl::unexpected(ApiError{400, "Messages cannot be empty."});
  ChatTurn& last = prompt.turns.back();
  if (last.role != "assistant") return prompt;
  if (!continue_final_message) {
    last.role = "user";
    last.calls.clear();
    return prompt;
  }
  prompt.answer = std::move(last.content);
  prompt.turns.pop_back();
  // The template looks at the first message.
  if (prompt.turns.empty()) return tl::unexpected(ApiError{400, "list object has no element 0"});
  return prompt;
}

ReadPrompt read_chat_prompt(const StandinOptions& options, Json body) {
  const auto messages = member(body, "messages");
  if (!messages) return tl::unexpected(schema_error("'body', 'messages'", "Field required"));
  simdjson::dom::array list;
  if (messages->get(list) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 'messages'", "Input should be a valid list"));
  }
  ChatPrompt prompt;
  for (const Json message : list) {
    auto turn = read_turn(message, prompt.turns.size());
    if (!turn) return tl::unexpected(turn.error());
    if (turn->role == "user") prompt.last_user_text = turn->content;
    prompt.turns.push_back(std::move(*turn));
  }
  if (auto error = read_tools(options, body, prompt)) return tl::unexpected(*error);
  return with_last_turn_settled(std::move(prompt), flag_or(body, "continue_final_message", false));
}

ReadPrompt read_responses_prompt(Json body) {
  ChatPrompt prompt;
  const std::string instructions = text_or(body, "instructions", "");
  if (!instructions.empty()) prompt.turns.push_back({"system", instructions, {}});
  const auto input = member(body, "input");
  if (!input) return tl::unexpected(schema_error("'body', 'input'", "Field required"));
  simdjson::dom::array items;
  if (input->is_string()) {
    prompt.last_user_text = text_or(body, "input", "");
    prompt.turns.push_back({"user", prompt.last_user_text, {}});
  } else if (input->get(items) == simdjson::SUCCESS) {
    for (const Json item : items) {
      if (!item.is_object()) continue;
      const std::string role = lower(text_or(item, "role", "user"));
      std::string text = text_or(item, "content", "");
      simdjson::dom::array parts;
      if (const auto content = member(item, "content"); content && content->get(parts) == simdjson::SUCCESS) {
        bool first = true;
        for (const Json part : parts) {
          if (!part.is_object() || !member(part, "text")) continue;
          add(text, first ? "" : " ", text_or(part, "text", ""));
          first = false;
        }
      }
      if (role == "user") prompt.last_user_text = text;
      prompt.turns.push_back({role, std::move(text), {}});
    }
  }
  return with_last_turn_settled(std::move(prompt), false);
}

}  // namespace ktl::standin

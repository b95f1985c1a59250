#include "prompt/tool_rendering.h"

#include <optional>

#include "prompt/python_json.h"

namespace ktl::prompt {
namespace {

using Members = std::vector<JsonMember>;

// The member's value, or nothing if it is absent or null.
std::optional<std::string_view> given(const Members& members, std::string_view key) {
  for (const JsonMember& member : members) {
    if (member.key == key) return member.value == "null" ? std::nullopt : std::optional(member.value);
  }
  return std::nullopt;
}

void append_value(std::optional<std::string_view> json, std::string& out) {
  if (!json) {
    out += "null";
  } else if (!append_redumped(*json, out)) {
    out += *json;
  }
}

// A boolean as pydantic takes it; what it would refuse counts as false.
std::string_view boolean_of(std::optional<std::string_view> json) {
  return json && (*json == "true" || *json == "1" || *json == "\"true\"") ? "true" : "false";
}

void append_sglang_function(const Members& function, std::optional<std::string_view> defer_loading, std::string& out) {
  out += "{\"description\": ";
  append_value(given(function, "description"), out);
  out += ", \"name\": ";
  append_value(given(function, "name"), out);
  out += ", \"parameters\": ";
  append_value(given(function, "parameters"), out);
  out.append(", \"strict\": ").append(boolean_of(given(function, "strict")));
  if (defer_loading) out.append(", \"defer_loading\": ").append(boolean_of(defer_loading));
  out += '}';
}

void append_vllm_object(std::string_view declared, const Members& members,
                        std::initializer_list<std::string_view> known, std::string& out) {
  out.append("{").append(declared);
  for (const JsonMember& member : members) {
    bool is_known = false;
    for (const std::string_view key : known) is_known |= member.key == key;
    if (is_known) continue;
    out += ", ";
    append_python_string(member.key, out);
    out += ": ";
    append_value(member.value, out);
  }
  out += '}';
}

void append_vllm_function(const Members& function, std::string& out) {
  std::string declared = "\"name\": ";
  append_value(given(function, "name"), declared);
  declared += ", \"description\": ";
  append_value(given(function, "description"), declared);
  declared += ", \"parameters\": ";
  append_value(given(function, "parameters"), declared);
  append_vllm_object(declared, function, {"name", "description", "parameters"}, out);
}

void append_type(const Members& tool, std::string& out) {
  out += "\"type\": ";
  const auto type = given(tool, "type");
  append_value(type ? *type : std::string_view("\"function\""), out);
}

// False: the tool is not one that an engine takes.
bool append_tool(std::string_view tool_json, EngineDialect dialect, std::string& out) {
  if (dialect == EngineDialect::as_sent) return append_redumped(tool_json, out);
  Members tool;
  Members function;
  if (!members_of(tool_json, tool)) return false;
  const auto function_json = given(tool, "function");
  if (!function_json || !members_of(*function_json, function)) return false;
  if (dialect == EngineDialect::vllm) {
    std::string declared;
    append_type(tool, declared);
    declared += ", \"function\": ";
    append_vllm_function(function, declared);
    append_vllm_object(declared, tool, {"type", "function"}, out);
    return true;
  }
  if (dialect == EngineDialect::sglang_function) {
    append_sglang_function(function, std::nullopt, out);
    return true;
  }
  // "defer_loading" may stand at either level; the tool's is handed down if the function has none.
  const bool defers = dialect == EngineDialect::sglang_defer_loading;
  const auto of_tool = defers ? given(tool, "defer_loading") : std::nullopt;
  const auto of_function = defers ? given(function, "defer_loading") : std::nullopt;
  out += '{';
  append_type(tool, out);
  out += ", \"function\": ";
  append_sglang_function(function, of_function ? of_function : of_tool, out);
  if (defers) out.append(", \"defer_loading\": ").append(of_tool ? boolean_of(of_tool) : "null");
  out += '}';
  return true;
}

bool is_named(std::string_view tool_json, std::string_view name) {
  Members members;
  if (!members_of(tool_json, members)) return false;
  const auto function = given(members, "function");
  Members inner;
  if (!function || !members_of(*function, inner)) return false;
  const auto name_json = given(inner, "name");
  std::string found;
  return name_json && append_string_value(*name_json, found) && found == name;
}

// The tools' raw texts after the choice.
std::vector<std::string_view> chosen(std::string_view tools_json, const tokenizer::ToolChoice& choice,
                                     EngineDialect dialect) {
  using Kind = tokenizer::ToolChoice::Kind;
  std::vector<std::string_view> tools;
  if (tools_json.empty()) return tools;
  const bool narrowed = shows_chosen_tools_only(dialect);
  if (narrowed && choice.kind == Kind::none) return tools;
  if (!elements_of(tools_json, tools)) tools.assign(tools_json == "null" ? 0 : 1, tools_json);
  if (narrowed && choice.kind == Kind::named)
    std::erase_if(tools, [&](std::string_view tool) { return !is_named(tool, choice.name); });
  return tools;
}

}  // namespace

std::vector<std::string> tools_shown(std::string_view tools_json, const tokenizer::ToolChoice& choice,
                                     EngineDialect dialect) {
  std::vector<std::string> shown;
  for (const std::string_view tool : chosen(tools_json, choice, dialect)) {
    std::string& dump = shown.emplace_back();
    if (append_tool(tool, dialect, dump)) continue;
    dump.clear();
    if (!append_redumped(tool, dump)) dump = tool;
  }
  return shown;
}

bool shows_any_tool(std::string_view tools_json, const tokenizer::ToolChoice& choice, EngineDialect dialect) {
  using Kind = tokenizer::ToolChoice::Kind;
  if (tools_json.empty()) return false;
  if (choice.kind != Kind::any && shows_chosen_tools_only(dialect))
    return choice.kind == Kind::named && !chosen(tools_json, choice, dialect).empty();
  if (tools_json == "null") return false;
  const std::size_t first = tools_json.find_first_not_of("[ \t\r\n");
  return first != std::string_view::npos && tools_json[first] != ']';
}

bool has_tool_calls(std::string_view tool_calls_json) {
  if (tool_calls_json.empty() || tool_calls_json.front() != '[') return false;
  const std::size_t first = tool_calls_json.find_first_not_of(" \t\r\n", 1);
  return first != std::string_view::npos && tool_calls_json[first] != ']';
}

std::vector<ToolCall> tool_calls_of(std::string_view tool_calls_json) {
  std::vector<ToolCall> calls;
  if (!has_tool_calls(tool_calls_json)) return calls;
  std::vector<std::string_view> elements;
  if (!elements_of(tool_calls_json, elements)) {
    calls.push_back({"", std::string(tool_calls_json)});
    return calls;
  }
  for (const std::string_view element : elements) {
    ToolCall& call = calls.emplace_back();
    Members members;
    Members function;
    if (!members_of(element, members)) {
      append_value(element, call.arguments);
      continue;
    }
    if (const auto inner = given(members, "function"); inner && members_of(*inner, function)) members = function;
    const auto name = given(members, "name");
    if (!name || !append_string_value(*name, call.name)) call.name = "None";
    const auto arguments = given(members, "arguments");
    std::string as_text;
    if (!arguments || !append_string_value(*arguments, as_text)) {
      append_value(arguments, call.arguments);
    } else if (!append_redumped(as_text, call.arguments)) {
      call.arguments = as_text;
    }
  }
  return calls;
}

}  // namespace ktl::prompt

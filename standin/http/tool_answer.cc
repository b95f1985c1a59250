#include "standin/http/tool_answer.h"

#include <array>

namespace ktl::standin {
namespace {

constexpr std::array<std::string_view, 12> kPlaces{"서울",  "부산",  "대구", "인천",  "대전",  "제주",
                                                   "Seoul", "Busan", "Oslo", "Tokyo", "Paris", "London"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Does the text hold a word of at least four letters out of the tool's name ("get_weather" -> "weather")?
bool names_tool(std::string_view text, std::string_view name) {
  while (!name.empty()) {
    const std::size_t end = name.find_first_of("_-. ");
    const std::string_view word = name.substr(0, end);
    if (word.size() >= 4 && text.find(word) != std::string_view::npos) return true;
    name = end == std::string_view::npos ? std::string_view() : name.substr(end + 1);
  }
  return false;
}

std::string argument(Json schema, std::string_view text) {
  const std::string type = schema.is_object() ? text_or(schema, "type", "string") : "string";
  if (type == "integer" || type == "number") return "1";
  if (type == "boolean") return "true";
  if (type == "array") return "[]";
  if (type == "object") return "{}";
  if (schema.is_object()) {
    const auto choices = texts(schema, "enum");
    if (!choices.empty()) return json_quoted(choices.front());
  }
  for (const std::string_view place : kPlaces) {
    if (text.find(place) != std::string_view::npos) return json_quoted(place);
  }
  return json_quoted(text.substr(0, text.find_first_of(" ?!.,")));
}

std::string arguments(Json function, std::string_view text) {
  std::string out = "{";
  const auto parameters = member(function, "parameters");
  if (parameters && parameters->is_object()) {
    const auto properties = member(*parameters, "properties");
    for (const std::string& name : texts(*parameters, "required")) {
      Json schema;
      const bool known = properties && properties->is_object() && (*properties)[name].get(schema) == simdjson::SUCCESS;
      add(out, out.size() > 1 ? ", " : "", Quoted{name}, ": ", known ? argument(schema, text) : json_quoted("?"));
    }
  }
  return out + "}";
}

}  // namespace

std::optional<ToolCall> wanted_tool_call(Json body, std::string_view user_text) {
  const auto tools = member(body, "tools");
  simdjson::dom::array list;
  if (!tools || tools->get(list) != simdjson::SUCCESS) return std::nullopt;
  std::string named;
  bool required = false;
  if (const auto choice = member(body, "tool_choice")) {
    if (choice->is_object()) {
      const auto function = member(*choice, "function");
      if (function && function->is_object()) named = text_or(*function, "name", "");
    } else {
      const std::string word = text_or(body, "tool_choice", "");
      if (word == "none") return std::nullopt;
      required = word == "required";
    }
  }
  const std::string text = lower(user_text);
  const bool weather = text.find("날씨") != std::string::npos || text.find("weather") != std::string::npos;
  for (const Json tool : list) {
    const auto function = tool.is_object() ? member(tool, "function") : std::nullopt;
    if (!function || !function->is_object()) continue;
    const std::string name = text_or(*function, "name", "");
    const bool wanted = named.empty() ? required || weather || names_tool(text, lower(name)) : name == named;
    if (wanted) return ToolCall{name, arguments(*function, user_text)};
  }
  return std::nullopt;
}

}  // namespace ktl::standin

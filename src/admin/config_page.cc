// GET /admin/config: the configuration in force, as YAML and value by value with where each comes from.
#include "admin/desk_pages.h"

namespace ktl::admin {

Answer show_config(Desk& desk) {
  const auto unless_empty = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  JsonWriter json;
  json.begin_object().field("yaml", desk.management.configuration()).key("values").begin_array();
  for (const Setting& setting : desk.management.settings()) {
    json.begin_object().field("path", setting.path).field("value", setting.value).field("source", setting.source);
    json.field("file", unless_empty(setting.file));
    json.field("line", setting.line > 0 ? std::optional(setting.line) : std::nullopt);
    json.field("variables", unless_empty(setting.variables)).field("after_restart", setting.after_restart);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin

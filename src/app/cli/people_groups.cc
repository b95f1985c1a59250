// `token-limiter groups …` and `token-limiter audit`.
#include "admin/json_writer.h"
#include "app/cli/answer_view.h"
#include "app/cli/people_command.h"
#include "base/text.h"

namespace ktl::app {
namespace {

void write_texts(admin::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::string group_target(const std::string& name) {
  return "/admin/groups/" + percent_encode(name);
}

std::string json_of(Answered from, std::string_view name) {
  Answered value;
  if (from[name].get(value) != simdjson::SUCCESS || value.is_null()) return {};
  return simdjson::minify(value);
}

}  // namespace

int PeopleCommand::list_groups() {
  const auto answer = ask("GET", "/admin/groups");
  if (!answer) return kFailed;
  if (options_.json) return print(*answer);
  Table table({{std::string(context_.say("그룹", "GROUP"))},
               {std::string(context_.say("출처", "SOURCE"))},
               {"rpm", Table::Align::right},
               {"tpm", Table::Align::right},
               {"daily", Table::Align::right},
               {std::string(context_.say("사용자", "USERS"))}});
  simdjson::dom::parser parser;
  const Answered all = parser.parse(*answer);
  for (const Answered group : list_of(all, "groups"))
    table.add({text_of(group, "name"), text_of(group, "source"), number_of(group["limits"], "rpm"),
               number_of(group["limits"], "tpm"), number_of(group["limits"], "daily"), words_of(group, "users")});
  context_.out << table.text();
  return kDone;
}

int PeopleCommand::add_group(const std::string& name, const std::vector<std::string>& users, const LimitWords& words) {
  const auto limits = limits_json(words);
  if (!limits) return kFailed;
  admin::JsonWriter json;
  json.begin_object().field("name", name);
  write_texts(json, "users", users);
  json.key("limits").raw(*limits).end_object();
  return order("POST", "/admin/groups", json.take());
}

int PeopleCommand::change_group(const std::string& name, const std::vector<std::string>& add,
                                const std::vector<std::string>& remove) {
  admin::JsonWriter json;
  json.begin_object();
  write_texts(json, "add", add);
  write_texts(json, "remove", remove);
  json.end_object();
  return order("PATCH", group_target(name), json.take());
}

int PeopleCommand::remove_group(const std::string& name) {
  return order("DELETE", group_target(name));
}

int PeopleCommand::list_audit(std::int64_t most) {
  const auto answer = ask("GET", "/admin/audit?limit=" + std::to_string(most));
  if (!answer) return kFailed;
  if (options_.json) return print(*answer);
  const auto title = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context_.say(korean, english)), Table::Align::left};
  };
  Table table({title("때 (UTC)", "WHEN (UTC)"), title("누가", "WHO"), title("무엇을", "ACTION"),
               title("대상", "TARGET"), title("이전", "BEFORE"), title("이후", "AFTER")});
  simdjson::dom::parser parser;
  const Answered all = parser.parse(*answer);
  for (const Answered entry : list_of(all, "entries"))
    table.add({text_of(entry, "at"), text_of(entry, "who"), text_of(entry, "action"), text_of(entry, "target"),
               json_of(entry, "before"), json_of(entry, "after")});
  context_.out << table.text();
  return kDone;
}

}  // namespace ktl::app

// `token-limiter limits …` and `token-limiter bans …`.
#include <fmt/format.h>

#include "admin/json_writer.h"
#include "app/cli/answer_view.h"
#include "app/cli/people_command.h"
#include "base/text.h"
#include "quota/limits.h"

namespace ktl::app {
namespace {

int said(const ScopeOrder& scope) {
  return int{!scope.user.empty()} + int{!scope.group.empty()} + int{!scope.model.empty()} + int{!scope.key.empty()} +
         int{scope.global};
}

std::string instant_or(const std::string& instant, std::string_view otherwise) {
  return instant.empty() ? std::string(otherwise) : instant;
}

}  // namespace

std::optional<std::string> PeopleCommand::limits_target(const ScopeOrder& scope) {
  if (said(scope) != 1) {
    context_.err << context_.say("--user, --group, --model, --key, --global 중 하나가 필요합니다\n",
                                 "one of --user, --group, --model, --key, --global is needed\n");
    return std::nullopt;
  }
  if (scope.global) return "/admin/global/limits";
  if (!scope.user.empty()) return "/admin/users/" + percent_encode(scope.user) + "/limits";
  if (!scope.group.empty()) return "/admin/groups/" + percent_encode(scope.group) + "/limits";
  if (!scope.model.empty()) return "/admin/models/" + percent_encode(scope.model) + "/limits";
  const auto id = id_of_key(scope.key);
  desk_.reset();  // it may have been opened for reading only
  return id ? std::optional("/admin/keys/" + *id + "/limits") : std::nullopt;
}

int PeopleCommand::show_limits(const ScopeOrder& scope) {
  std::optional<std::string> answer;
  if (said(scope) == 0) {
    answer = ask("GET", "/admin/limits");
  } else if (const auto target = limits_target(scope)) {
    answer = ask("GET", *target);
  } else {
    return kWrongUsage;
  }
  if (!answer) return kFailed;
  if (options_.json) return print(*answer);
  std::vector<Table::Column> columns = {{std::string(context_.say("대상", "SCOPE"))},
                                        {std::string(context_.say("이름", "NAME"))}};
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
    columns.push_back({std::string(quota::name_of(static_cast<quota::LimitKind>(i))), Table::Align::right});
  Table table(std::move(columns));
  bool marked = false;
  const auto add = [&](Answered limits) {
    std::vector<std::string> cells = {text_of(limits, "kind"), text_of(limits, "name")};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
      const std::string_view word = quota::name_of(static_cast<quota::LimitKind>(i));
      const bool set = text_of(limits["sources"], word) == "admin";
      marked = marked || set;
      cells.push_back(number_of(limits["limits"], word) + (set ? "*" : ""));
    }
    table.add(std::move(cells));
  };
  simdjson::dom::parser parser;
  const Answered all = parser.parse(*answer);
  if (said(scope) == 0) {
    for (const Answered limits : list_of(all, "limits")) add(limits);
  } else {
    add(all);
  }
  context_.out << table.text();
  if (marked)
    context_.out << context_.say("* 관리자가 정한 값 (설정 파일보다 우선)\n",
                                 "* set by an admin (wins over the configuration)\n");
  return kDone;
}

int PeopleCommand::set_limits(const ScopeOrder& scope, const LimitWords& words) {
  const auto limits = limits_json(words);
  if (!limits) return kFailed;
  if (*limits == "{}") {
    context_.err << context_.say("정할 한도가 없습니다 (예: --rpm 10)\n", "no limit is said (such as --rpm 10)\n");
    return kWrongUsage;
  }
  const auto target = limits_target(scope);
  return target ? order("PATCH", *target, *limits) : kWrongUsage;
}

int PeopleCommand::unset_limits(const ScopeOrder& scope) {
  const auto target = limits_target(scope);
  return target ? order("DELETE", *target) : kWrongUsage;
}

int PeopleCommand::list_bans() {
  const auto answer = ask("GET", "/admin/bans");
  if (!answer) return kFailed;
  if (options_.json) return print(*answer);
  Table table({{std::string(context_.say("대상", "SCOPE"))},
               {std::string(context_.say("이름", "NAME"))},
               {std::string(context_.say("끝 (UTC)", "UNTIL (UTC)"))},
               {std::string(context_.say("수동", "BY HAND"))},
               {std::string(context_.say("이유", "REASON"))}});
  simdjson::dom::parser parser;
  const Answered all = parser.parse(*answer);
  for (const Answered ban : list_of(all, "bans"))
    table.add({text_of(ban, "kind"), text_of(ban, "name"),
               instant_or(text_of(ban, "until"), context_.say("해제할 때까지", "until lifted")),
               std::string(flag_of(ban, "manual") ? context_.say("예", "yes") : context_.say("아니요", "no")),
               text_of(ban, "reason")});
  context_.out << table.text();
  return kDone;
}

int PeopleCommand::set_ban(const BanOrder& wanted) {
  if (said(wanted.scope) != 1 || wanted.scope.global || !wanted.scope.model.empty()) {
    context_.err << context_.say("--user, --group, --key 중 하나가 필요합니다\n",
                                 "one of --user, --group, --key is needed\n");
    return kWrongUsage;
  }
  admin::JsonWriter json;
  json.begin_object();
  if (!wanted.scope.user.empty()) json.field("user", wanted.scope.user);
  if (!wanted.scope.group.empty()) json.field("group", wanted.scope.group);
  if (!wanted.scope.key.empty()) {
    const auto id = id_of_key(wanted.scope.key);
    desk_.reset();
    if (!id) return kFailed;
    json.field("key", *id);
  }
  if (!wanted.duration.empty()) {
    const auto seconds = seconds_of("--for", wanted.duration);
    if (!seconds) return kFailed;
    json.field("duration_seconds", *seconds);
  }
  json.field("reason", wanted.reason).end_object();
  return order("POST", "/admin/bans", json.take());
}

// The number of the ban that stands against the scope.
std::optional<std::string> PeopleCommand::ban_target(const ScopeOrder& scope) {
  std::string kind = !scope.user.empty() ? "user" : !scope.group.empty() ? "group" : "key";
  std::string name = !scope.user.empty() ? scope.user : !scope.group.empty() ? scope.group : scope.key;
  std::string number;
  if (kind == "key") {
    const auto id = id_of_key(scope.key);
    const auto key = id ? ask("GET", "/admin/keys/" + *id) : std::nullopt;
    if (!key) return std::nullopt;
    simdjson::dom::parser parser;
    const Answered told = parser.parse(*key);
    name = text_of(told, "name");
  }
  const auto answer = ask("GET", "/admin/bans");
  if (!answer) return std::nullopt;
  simdjson::dom::parser parser;
  const Answered all = parser.parse(*answer);
  for (const Answered ban : list_of(all, "bans")) {
    std::int64_t scope_number = 0;
    if (text_of(ban, "kind") != kind || text_of(ban, "name") != name) continue;
    if (ban["scope"].get(scope_number) == simdjson::SUCCESS) number = std::to_string(scope_number);
  }
  if (!number.empty()) return "/admin/bans/" + number;
  context_.err << context_.say("그 대상은 차단되어 있지 않습니다 (bans list를 보세요)\n",
                               "no ban stands against it (see `bans list`)\n");
  return std::nullopt;
}

int PeopleCommand::lift_ban(const ScopeOrder& scope) {
  if (said(scope) != 1 || scope.global || !scope.model.empty()) {
    context_.err << context_.say("--user, --group, --key 중 하나가 필요합니다\n",
                                 "one of --user, --group, --key is needed\n");
    return kWrongUsage;
  }
  const auto target = ban_target(scope);
  desk_.reset();
  return target ? order("DELETE", *target) : kFailed;
}

}  // namespace ktl::app

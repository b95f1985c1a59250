// `token-limiter users …`, and what all commands about people share.
#include <algorithm>
#include <charconv>

#include "admin/json_writer.h"
#include "app/cli/answer_view.h"
#include "app/cli/people_command.h"
#include "base/text.h"
#include "config/findings.h"
#include "quota/limits.h"

#include <fmt/format.h>

namespace ktl::app {
namespace {

using admin::JsonWriter;

const PagedList kUsers{.path = "/admin/users", .name = "users"};

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::string user_target(const std::string& name) {
  return "/admin/users/" + percent_encode(name);
}

}  // namespace

std::optional<std::string> PeopleCommand::ask(std::string_view method, const std::string& target,
                                              const std::string& body) {
  if (!desk_) desk_ = AdminDesk::open(context_, config_, options_.url, method != "GET");
  if (!desk_) return std::nullopt;
  AdminDesk::Reply reply = desk_->ask(method, target, body);
  if (reply.ok()) return std::move(reply.body);
  refuse(context_, reply);
  return std::nullopt;
}

int PeopleCommand::print(const std::string& json) const {
  context_.out << json << "\n";
  return kDone;
}

int PeopleCommand::order(std::string_view method, const std::string& target, const std::string& body) {
  const auto answer = ask(method, target, body);
  if (!answer) return kFailed;
  return options_.json ? print(*answer) : kDone;
}

// The words are checked by the page; what is no number goes as it is.
std::optional<std::string> PeopleCommand::limits_json(const LimitWords& words) const {
  JsonWriter json;
  json.begin_object();
  for (const auto& [word, text] : words) {
    if (text.empty()) continue;
    std::int64_t amount = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), amount);
    json.key(word);
    if (text == "unset") {
      json.null();
    } else if (text == "unlimited") {
      json.value(text);
    } else if (problem == std::errc() && end == text.data() + text.size() && amount >= 0) {
      json.value(amount);
    } else {
      context_.err << fmt::format(
          fmt::runtime(context_.say("--{}: 0 이상의 정수, unlimited 또는 unset이 필요합니다 ('{}')\n",
                                    "--{}: a whole number from 0, unlimited or unset is needed, not '{}'\n")),
          word, config::shown(text));
      return std::nullopt;
    }
  }
  json.end_object();
  return json.take();
}

std::optional<std::int64_t> PeopleCommand::seconds_of(const std::string& option, const std::string& text) const {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86'400};
  constexpr std::int64_t kMost = 3660;
  std::int64_t amount = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const bool one_unit = !text.empty() && end + 1 == text.data() + text.size();
  const std::size_t unit = one_unit ? kUnits.find(*end) : std::string_view::npos;
  if (problem == std::errc() && amount >= 0 && unit != std::string_view::npos &&
      amount <= kMost * 86'400 / kSeconds[unit])
    return amount * kSeconds[unit];
  context_.err << fmt::format(fmt::runtime(context_.say("{}: 30d, 12h, 90m, 45s와 같은 기간이 필요합니다 ('{}')\n",
                                                        "{}: a time such as 30d, 12h, 90m, 45s is needed, not '{}'\n")),
                              option, config::shown(text));
  return std::nullopt;
}

int PeopleCommand::suggest_user(const std::string& name) {
  std::vector<std::string> names;
  if (!each_of(kUsers, [&](const Answered& user) { names.push_back(text_of(user, "user_id")); })) return kFailed;
  if (std::find(names.begin(), names.end(), name) != names.end()) return kFailed;
  context_.err << fmt::format(fmt::runtime(context_.say("'{}': 없는 사용자입니다{}\n", "there is no user '{}'{}\n")),
                              config::shown(name), config::did_you_mean(context_.language, name, names));
  return kFailed;
}

bool PeopleCommand::known_models(const std::vector<std::string>& models) const {
  if (!options_.url.empty()) return true;  // the gateway has a configuration of its own
  std::vector<std::string> names;
  for (const auto& model : config_.models) names.push_back(model.alias);
  for (const std::string& model : models) {
    if (config_.model(model) != nullptr) continue;
    context_.err << fmt::format(fmt::runtime(context_.say("'{}': 없는 모델입니다{}\n", "there is no model '{}'{}\n")),
                                config::shown(model), config::did_you_mean(context_.language, model, names));
    return false;
  }
  return true;
}

int PeopleCommand::list_users() {
  if (options_.json) return print_all(kUsers);
  using Align = Table::Align;
  const auto title = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context_.say(korean, english)), Align::left};
  };
  std::vector<Table::Column> columns = {title("사용자", "USER"), title("출처", "SOURCE")};
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
    columns.push_back({std::string(quota::name_of(static_cast<quota::LimitKind>(i))), Align::right});
  columns.push_back(title("그룹", "GROUPS"));
  columns.push_back(title("상태", "STATE"));
  Table table(std::move(columns));
  const auto all = each_of(kUsers, [&](const Answered& user) {
    std::vector<std::string> cells = {text_of(user, "user_id"), text_of(user, "source")};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
      cells.push_back(number_of(user["limits"], quota::name_of(static_cast<quota::LimitKind>(i))));
    cells.push_back(words_of(user, "groups"));
    const bool disabled = flag_of(user, "disabled");
    cells.emplace_back(disabled ? context_.say("중지", "disabled") : flag_of(user, "admin") ? "admin" : "");
    table.add(std::move(cells));
  });
  if (!all) return kFailed;
  context_.out << table.text();
  return kDone;
}

int PeopleCommand::show_user(const std::string& name) {
  const auto answer = ask("GET", user_target(name));
  if (!answer) return suggest_user(name);
  if (options_.json) return print(*answer);
  simdjson::dom::parser parser;
  const Answered user = parser.parse(*answer);
  Table table({{std::string(context_.say("항목", "FIELD"))},
               {std::string(context_.say("값", "VALUE"))},
               {std::string(context_.say("출처", "SOURCE"))}});
  const auto row = [&](std::string_view korean, std::string_view english, std::string value) {
    if (!value.empty()) table.add({std::string(context_.say(korean, english)), std::move(value), ""});
  };
  row("사용자", "user", text_of(user, "user_id"));
  row("설명", "description", text_of(user, "description"));
  row("출처", "source", text_of(user, "source"));
  row("상태", "state", flag_of(user, "disabled") ? std::string(context_.say("중지", "disabled")) : "");
  row("그룹", "groups", words_of(user, "groups"));
  row("모델", "models", words_of(user, "models"));
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const std::string_view word = quota::name_of(static_cast<quota::LimitKind>(i));
    table.add({std::string(word), number_of(user["limits"], word), text_of(user["sources"], word)});
  }
  context_.out << table.text();
  return kDone;
}

int PeopleCommand::add_user(const UserOrder& wanted) {
  const auto limits = limits_json(wanted.limits);
  if (!limits || !known_models(wanted.models)) return kFailed;
  JsonWriter json;
  json.begin_object().field("name", wanted.name).field("description", wanted.description.value_or(""));
  write_texts(json, "groups", wanted.groups);
  write_texts(json, "models", wanted.models);
  json.key("limits").raw(*limits).end_object();
  return order("POST", "/admin/users", json.take());
}

// Only what is said changes.
int PeopleCommand::set_user(const UserOrder& wanted) {
  const auto limits = limits_json(wanted.limits);
  if (!limits) return kFailed;
  if (!known_models(wanted.models)) return kFailed;
  if (*limits != "{}") {
    const int done = order("PATCH", user_target(wanted.name) + "/limits", *limits);
    if (done != kDone) return done;
  }
  JsonWriter json;
  json.begin_object();
  if (wanted.description) json.field("description", *wanted.description);
  if (!wanted.groups.empty()) write_texts(json, "groups", wanted.groups);
  if (!wanted.models.empty()) write_texts(json, "models", wanted.models);
  json.end_object();
  const std::string said = json.take();
  return said == "{}" ? kDone : order("PATCH", user_target(wanted.name), said);
}

int PeopleCommand::disable_user(const std::string& name, bool disabled) {
  return order("PATCH", user_target(name), disabled ? R"({"disabled":true})" : R"({"disabled":false})");
}

int PeopleCommand::remove_user(const std::string& name) {
  return order("DELETE", user_target(name));
}

}  // namespace ktl::app

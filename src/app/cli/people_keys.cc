// `token-limiter keys …`.
#include <fmt/format.h>

#include "admin/json_writer.h"
#include "app/cli/answer_view.h"
#include "app/cli/people_command.h"
#include "app/roster_builder.h"
#include "base/text.h"
#include "identity/api_key.h"

namespace ktl::app {
namespace {

constexpr std::size_t kShortestId = 6;

// "2026-11-23T08:30:00.123Z" -> "2026-11-23 08:30".
std::string minute_of(const std::string& instant) {
  constexpr std::size_t kDay = 10, kTime = 5;
  return instant.size() < kDay + 1 + kTime ? instant : instant.substr(0, kDay) + " " + instant.substr(kDay + 1, kTime);
}

}  // namespace

// `which` is a key's id (or at least 6 digits of its beginning), its label or mask, or the key itself.
std::optional<std::string> PeopleCommand::id_of_key(const std::string& which) {
  const bool hex = which.size() >= kShortestId && which.find_first_not_of("0123456789abcdef") == std::string::npos;
  const std::string own = identity::key_id(identity::digest_of(which));
  std::vector<std::string> fitting;
  const auto all = each_of({.path = "/admin/keys", .name = "keys"}, [&](const Answered& key) {
    const std::string id = text_of(key, "id");
    if (id == own || (hex && id.starts_with(which.substr(0, id.size()))) || text_of(key, "label") == which ||
        text_of(key, "mask") == which)
      fitting.push_back(id);
  });
  if (!all) return std::nullopt;
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty())
    context_.err << context_.say("그런 키가 없습니다 (keys list를 보세요)\n",
                                 "there is no such key (see `keys list`)\n");
  else
    context_.err << context_.say("여러 키가 맞습니다. keys list의 ID를 쓰세요\n",
                                 "several keys match; use an id of `keys list`\n");
  return std::nullopt;
}

int PeopleCommand::list_keys(const std::string& user) {
  const PagedList list{.path = "/admin/keys",
                       .name = "keys",
                       .filter = user.empty() ? std::string() : "&user=" + percent_encode(user)};
  if (options_.json) return print_all(list);
  const auto title = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context_.say(korean, english)), Table::Align::left};
  };
  Table table({{"ID"},
               title("키", "KEY"),
               title("이름", "LABEL"),
               title("사용자", "USER"),
               title("출처", "SOURCE"),
               title("만든 때 (UTC)", "CREATED (UTC)"),
               title("만료 (UTC)", "EXPIRES (UTC)"),
               title("상태", "STATE")});
  const auto all = each_of(list, [&](const Answered& key) {
    std::string state = text_of(key, "state");
    if (flag_of(key, "admin")) state += " admin";
    if (flag_of(key, "published")) state += context_.say(" 공개된 데모 키", " published demo key");
    table.add({text_of(key, "id"), text_of(key, "mask"), text_of(key, "label"), text_of(key, "user_id"),
               text_of(key, "source"), minute_of(text_of(key, "created_at")), minute_of(text_of(key, "expires_at")),
               std::move(state)});
  });
  if (!all) return kFailed;
  context_.out << table.text();
  return kDone;
}

int PeopleCommand::create_key(const KeyOrder& wanted) {
  if (!known_models(wanted.models)) return kFailed;
  admin::JsonWriter json;
  json.begin_object().field("user", wanted.user).field("label", wanted.label).field("admin", wanted.admin);
  if (!wanted.lifetime.empty()) {
    const auto seconds = seconds_of("--expires", wanted.lifetime);
    if (!seconds) return kFailed;
    json.field("expires_in_seconds", *seconds);
  }
  json.key("models").begin_array();
  for (const std::string& model : wanted.models) json.value(model);
  json.end_array().end_object();
  const auto answer = ask("POST", "/admin/keys", json.take());
  if (!answer) return suggest_user(wanted.user);
  if (options_.json) return print(*answer);
  simdjson::dom::parser parser;
  const Answered key = parser.parse(*answer);
  context_.out << text_of(key, "key") << "\n" << std::flush;
  context_.err << fmt::format(
      fmt::runtime(context_.say("사용자 '{}'의 새 키입니다 (ID {}). 다시 볼 수 없으니 지금 보관하세요\n",
                                "a new key of '{}' (id {}). It is shown only this once: keep it now\n")),
      wanted.user, text_of(key, "id"));
  return kDone;
}

int PeopleCommand::disable_key(const std::string& which, bool disabled) {
  const auto id = id_of_key(which);
  desk_.reset();  // it may have been opened for reading only
  if (!id) return kFailed;
  return order("PATCH", "/admin/keys/" + *id, disabled ? R"({"disabled":true})" : R"({"disabled":false})");
}

int PeopleCommand::revoke_key(const std::string& which) {
  const auto id = id_of_key(which);
  desk_.reset();
  return id ? order("DELETE", "/admin/keys/" + *id) : kFailed;
}

int PeopleCommand::rotate_key(const std::string& which, const std::string& overlap) {
  const auto id = id_of_key(which);
  desk_.reset();
  if (!id) return kFailed;
  const auto seconds = seconds_of("--overlap", overlap);
  if (!seconds) return kFailed;
  const auto answer =
      ask("POST", "/admin/keys/" + *id + "/rotate", fmt::format(R"({{"overlap_seconds":{}}})", *seconds));
  if (!answer) return kFailed;
  if (options_.json) return print(*answer);
  simdjson::dom::parser parser;
  context_.out << text_of(parser.parse(*answer), "key") << "\n" << std::flush;
  context_.err << fmt::format(fmt::runtime(context_.say("새 키입니다. 이전 키는 {} 뒤에 끝납니다\n",
                                                        "the new key. The old one ends after {}\n")),
                              overlap);
  return kDone;
}

}  // namespace ktl::app

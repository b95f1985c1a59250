// /admin/users: who they are, adding, changing and removing them.
#include <algorithm>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/etag.h"
#include "admin/messages.h"
#include "admin/order.h"
#include "admin/people_json.h"
#include "base/text.h"
#include "identity/names.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::size_t kLongestDescription = 1000;
constexpr std::int64_t kMostUsers = 1000;  // on a page

Answer answer_with(const Desk& desk, const gateway::Roster& people, const gateway::RosterUser& user, int status = 200) {
  JsonWriter json;
  json.begin_object();
  write_whole_user(json, {people, desk.accounting, desk.now}, user);
  json.end_object();
  Answer answer = answer_of(json, status);
  answer.header_lines = "etag: " + etag_of(settable(user)) + "\r\n";
  if (status == 201) answer.header_lines += "location: /admin/users/" + percent_encode(user.name) + "\r\n";
  return answer;
}

Answer not_there(const Desk& desk) {
  return answer_of(protocol::not_found(desk.language, desk.name));
}

// ASCII letters of either case are the same.
bool holds(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

std::optional<std::string_view> unknown_of(const std::vector<std::string>& names, const auto& known) {
  for (const std::string& name : names)
    if (known(name) == nullptr) return name;
  return std::nullopt;
}

// The groups whose members change so that the user is in exactly `wanted`.
void move_to_groups(const gateway::Roster& people, const std::string& user, const std::vector<std::string>& wanted,
                    std::vector<Edit>& edits) {
  for (const gateway::RosterGroup& group : people.groups) {
    const bool in = std::find(group.users.begin(), group.users.end(), user) != group.users.end();
    const bool to_be = std::find(wanted.begin(), wanted.end(), group.name) != wanted.end();
    if (in == to_be) continue;
    gateway::RosterGroup changed = group;
    if (to_be)
      changed.users.push_back(user);
    else
      std::erase(changed.users, user);
    edits.emplace_back(std::move(changed));
  }
}

// What is said about a user; the names in it are checked against the people.
struct Wanted {
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> models;
  std::optional<std::vector<std::string>> groups;
  std::optional<bool> disabled;

  explicit Wanted(Order& order)
      : description(order.text("description", kLongestDescription)),
        models(order.texts("models")),
        groups(order.texts("groups")),
        disabled(order.flag("disabled")) {}

  std::optional<std::string_view> wrong_member(const gateway::Roster& people) const {
    if (models && unknown_of(*models, [&](const std::string& name) { return people.model(name); })) return "models";
    if (groups && unknown_of(*groups, [&](const std::string& name) { return people.group(name); })) return "groups";
    return std::nullopt;
  }

  void apply(gateway::RosterUser& user) const {
    user.description = description.value_or(user.description);
    user.models = models.value_or(user.models);
    user.groups = groups.value_or(user.groups);
    user.disabled = disabled.value_or(user.disabled);
  }
};

// The answer about the user of that name, after a change.
Answer finish(Desk& desk, const std::string& name, const Management::Decide& decide, int status) {
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  const auto& people = *std::get<std::shared_ptr<const gateway::Roster>>(changed);
  const gateway::RosterUser* user = people.user(name);
  return user == nullptr ? not_there(desk) : answer_with(desk, people, *user, status);
}

}  // namespace

Answer list_users(Desk& desk) {
  DeskQuery query(desk);
  const auto offset = static_cast<std::size_t>(query.integer("offset", 0, 0, 100'000'000));
  const auto limit = static_cast<std::size_t>(query.integer("limit", 100, 1, kMostUsers));
  const std::string search = query.text("search"), sort = query.text("sort");
  if (!sort.empty() && sort != "name" && sort != "tokens_today") query.refuse("sort");
  if (query.refusal()) return std::move(*query.refusal());

  const auto people = desk.management.roster();
  std::vector<const gateway::RosterUser*> found;
  for (const gateway::RosterUser& user : people->users)
    if (holds(user.name, search) || holds(user.description, search)) found.push_back(&user);
  if (sort == "name") {
    std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  } else if (sort == "tokens_today" && desk.accounting != nullptr) {
    std::vector<std::pair<std::int64_t, const gateway::RosterUser*>> ranked;
    for (const gateway::RosterUser* user : found)
      ranked.emplace_back(-desk.accounting->standing(user->limits.scope)[quota::LimitKind::daily].used, user);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(ranked.begin(), ranked.end(), found.begin(), [](const auto& one) { return one.second; });
  }

  const std::size_t begin = std::min(offset, found.size()), end = std::min(begin + limit, found.size());
  JsonWriter json;
  json.begin_object().field("count", end - begin).field("total", found.size()).field("offset", begin);
  json.key("users").begin_array();
  for (std::size_t i = begin; i < end; ++i) {
    json.begin_object();
    write_whole_user(json, {*people, desk.accounting, desk.now}, *found[i]);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer show_user(Desk& desk) {
  const auto people = desk.management.roster();
  const gateway::RosterUser* user = people->user(desk.name);
  return user == nullptr ? not_there(desk) : answer_with(desk, *people, *user);
}

Answer create_user(Desk& desk) {
  Order order(desk, {"name", "description", "models", "groups", "limits"});
  const std::string name = order.required_text("name", kLongestDescription).value_or("");
  if (!order.refusal() && !identity::is_owner_name(name)) order.refuse("name");
  const Wanted wanted(order);
  const quota::LimitChoices limits = order.limits("limits");
  if (order.refusal()) return std::move(*order.refusal());

  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    if (people.user(name) != nullptr) return answer_of(already_exists(desk.language, name));
    if (const auto wrong = wanted.wrong_member(people)) return answer_of(invalid_value(desk.language, *wrong));
    gateway::RosterUser user;
    user.name = name;
    wanted.apply(user);
    Change change{.edits = {}, .action = "user.create", .target = "user:" + name, .after = settable(user)};
    change.edits.emplace_back(user);
    change.edits.emplace_back(SetLimits{ScopeKind::user, name, limits});
    move_to_groups(people, name, user.groups, change.edits);
    return change;
  };
  return finish(desk, name, decide, 201);
}

Answer change_user(Desk& desk) {
  Order order(desk, {"description", "models", "groups", "disabled"});
  const Wanted wanted(order);
  if (order.refusal()) return std::move(*order.refusal());
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterUser* user = people.user(desk.name);
    if (user == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*user)))) return answer_of(precondition_failed(desk.language));
    if (const auto wrong = wanted.wrong_member(people)) return answer_of(invalid_value(desk.language, *wrong));
    gateway::RosterUser changed = *user;
    wanted.apply(changed);
    Change change{.edits = {}, .action = "user.change", .target = "user:" + user->name};
    change.before = settable(*user);
    change.after = settable(changed);
    if (change.before == change.after) return Change{};
    change.edits.emplace_back(changed);
    if (wanted.groups) move_to_groups(people, user->name, changed.groups, change.edits);
    return change;
  };
  return finish(desk, desk.name, decide, 200);
}

// A user of the configuration stays; what an admin changed is given up.
Answer remove_user(Desk& desk) {
  std::size_t keys = 0;
  bool reset = false;
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterUser* user = people.user(desk.name);
    if (user == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*user)))) return answer_of(precondition_failed(desk.language));
    reset = user->from_config;
    if (reset && !user->changed && user->limits.terms().set.empty()) return answer_of(configured(desk.language, user->name));
    Change change{.edits = {}, .action = reset ? "user.reset" : "user.delete", .target = "user:" + user->name};
    change.before = settable(*user);
    if (reset) {
      change.edits.emplace_back(ResetUser{user->name});
      return change;
    }
    keys = user->keys.size();
    change.edits.emplace_back(RemoveUser{user->name});
    move_to_groups(people, user->name, {}, change.edits);
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  JsonWriter json;
  json.begin_object().field("user_id", desk.name).field("deleted", !reset).field("reset", reset);
  json.field("revoked_keys", keys).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin

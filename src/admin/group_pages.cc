// /admin/groups: users who share limits.
#include <algorithm>

#include "admin/desk_pages.h"
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

Answer answer_with(const Desk& desk, const gateway::Roster& people, const gateway::RosterGroup& group,
                   int status = 200) {
  JsonWriter json;
  json.begin_object();
  write_group(json, {people, desk.accounting, desk.now}, group);
  json.end_object();
  Answer answer = answer_of(json, status);
  answer.header_lines = "etag: " + etag_of(settable(group)) + "\r\n";
  if (status == 201) answer.header_lines += "location: /admin/groups/" + percent_encode(group.name) + "\r\n";
  return answer;
}

Answer not_there(const Desk& desk) {
  return answer_of(protocol::not_found(desk.language, desk.name));
}

bool all_known(const gateway::Roster& people, const std::vector<std::string>& users) {
  return std::all_of(users.begin(), users.end(), [&](const std::string& name) { return people.user(name) != nullptr; });
}

Answer finish(Desk& desk, const std::string& name, const Management::Decide& decide, int status) {
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  const auto& people = *std::get<std::shared_ptr<const gateway::Roster>>(changed);
  const gateway::RosterGroup* group = people.group(name);
  return group == nullptr ? not_there(desk) : answer_with(desk, people, *group, status);
}

}  // namespace

Answer list_groups(Desk& desk) {
  const auto people = desk.management.roster();
  JsonWriter json;
  json.begin_object().field("count", people->groups.size()).key("groups").begin_array();
  for (const gateway::RosterGroup& group : people->groups) {
    json.begin_object();
    write_group(json, {*people, desk.accounting, desk.now}, group);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer show_group(Desk& desk) {
  const auto people = desk.management.roster();
  const gateway::RosterGroup* group = people->group(desk.name);
  return group == nullptr ? not_there(desk) : answer_with(desk, *people, *group);
}

Answer create_group(Desk& desk) {
  Order order(desk, {"name", "description", "users", "limits"});
  const std::string name = order.required_text("name", kLongestDescription).value_or("");
  if (!order.refusal() && !identity::is_owner_name(name)) order.refuse("name");
  gateway::RosterGroup group;
  group.name = name;
  group.description = order.text("description", kLongestDescription).value_or("");
  group.users = order.texts("users").value_or(group.users);
  const quota::LimitChoices limits = order.limits("limits");
  if (order.refusal()) return std::move(*order.refusal());

  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    if (people.group(name) != nullptr) return answer_of(already_exists(desk.language, name));
    if (!all_known(people, group.users)) return answer_of(invalid_value(desk.language, "users"));
    Change change{.edits = {}, .action = "group.create", .target = "group:" + name, .after = settable(group)};
    change.edits.emplace_back(group);
    change.edits.emplace_back(SetLimits{ScopeKind::group, name, limits});
    return change;
  };
  return finish(desk, name, decide, 201);
}

Answer change_group(Desk& desk) {
  Order order(desk, {"description", "users", "add", "remove"});
  const auto description = order.text("description", kLongestDescription);
  const auto users = order.texts("users"), add = order.texts("add"), remove = order.texts("remove");
  if (order.refusal()) return std::move(*order.refusal());
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterGroup* group = people.group(desk.name);
    if (group == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*group)))) return answer_of(precondition_failed(desk.language));
    if (users && !all_known(people, *users)) return answer_of(invalid_value(desk.language, "users"));
    if (add && !all_known(people, *add)) return answer_of(invalid_value(desk.language, "add"));
    gateway::RosterGroup changed = *group;
    changed.description = description.value_or(changed.description);
    changed.users = users.value_or(changed.users);
    for (const std::string& user : remove.value_or(std::vector<std::string>())) std::erase(changed.users, user);
    for (const std::string& user : add.value_or(std::vector<std::string>()))
      if (std::find(changed.users.begin(), changed.users.end(), user) == changed.users.end())
        changed.users.push_back(user);
    Change change{.edits = {}, .action = "group.change", .target = "group:" + group->name};
    change.before = settable(*group);
    change.after = settable(changed);
    if (change.before == change.after) return Change{};
    change.edits.emplace_back(std::move(changed));
    return change;
  };
  return finish(desk, desk.name, decide, 200);
}

// A group of the configuration stays; what an admin changed is given up.
Answer remove_group(Desk& desk) {
  bool reset = false;
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterGroup* group = people.group(desk.name);
    if (group == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*group)))) return answer_of(precondition_failed(desk.language));
    reset = group->from_config;
    if (reset && !group->changed && group->limits.terms().set.empty()) return answer_of(configured(desk.language, group->name));
    Change change{.edits = {}, .action = reset ? "group.reset" : "group.delete", .target = "group:" + group->name};
    change.before = settable(*group);
    change.edits.emplace_back(RemoveGroup{group->name});
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  JsonWriter json;
  json.begin_object().field("name", desk.name).field("deleted", !reset).field("reset", reset).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin

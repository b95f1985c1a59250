// /admin/{users,groups,models,keys}/{name}/limits and /admin/global/limits: what an admin says about a scope's limits,
// over the configuration, until it is unset.
#include <algorithm>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/etag.h"
#include "admin/figures.h"
#include "admin/json_object.h"
#include "admin/limit_windows.h"
#include "admin/limits_order.h"
#include "admin/messages.h"
#include "identity/api_key.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

std::string tag_of(const gateway::RosterLimits& limits) {
  JsonWriter json;
  json.begin_object().key("limits");
  write_limits(json, limits.effective());
  write_limit_sources(json, limits);
  json.end_object();
  return etag_of(json.take());
}

// Members of the open object: what can be set.
void write_view(JsonWriter& json, const gateway::RosterLimits& limits) {
  json.field("kind", ktl::name_of(limits.kind)).field("name", limits.name);
  json.field("scope", static_cast<std::uint32_t>(limits.scope)).key("limits");
  write_limits(json, limits.effective());
  write_limit_sources(json, limits);
  json.key("configured");
  write_limits(json, limits.terms().configured);
}

// Also what is used now; the tag is of what can be set alone.
Answer answer_with(const Desk& desk, const gateway::RosterLimits& limits) {
  JsonWriter json;
  json.begin_object();
  write_view(json, limits);
  json.key("windows").begin_array();
  for (const LimitWindow& window : windows_of(desk, limits)) {
    json.begin_object();
    write_window(json, window);
    json.end_object();
  }
  json.end_array().end_object();
  Answer answer = answer_of(json);
  answer.header_lines = "etag: " + tag_of(limits) + "\r\n";
  return answer;
}

// Whether a list with commas names the kind.
bool names_kind(std::string_view kinds, ScopeKind kind) {
  while (!kinds.empty()) {
    const std::string_view one = kinds.substr(0, kinds.find(','));
    if (one == ktl::name_of(kind)) return true;
    kinds.remove_prefix(std::min(one.size() + 1, kinds.size()));
  }
  return false;
}

const gateway::RosterLimits* find(const gateway::Roster& people, const Desk& desk) {
  return people.limits_of(desk.kind, desk.name);
}

// The name that the store knows the scope by.
std::string stored_name(const gateway::Roster& people, const Desk& desk) {
  if (desk.kind == ScopeKind::global) return {};
  if (desk.kind != ScopeKind::key) return desk.name;
  return identity::hex_of(people.key(desk.name)->digest);
}

// `edit` turns what was said into what is to be said; it gives the member that is wrong, if one is.
using EditChoices = std::function<std::optional<std::string>(quota::LimitChoices&)>;

Answer change_limits(Desk& desk, std::string_view action, const EditChoices& edit) {
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterLimits* limits = find(people, desk);
    if (limits == nullptr) return answer_of(protocol::not_found(desk.language, desk.name));
    if (!matches(desk.if_match, tag_of(*limits))) return answer_of(precondition_failed(desk.language));
    quota::LimitChoices choices = limits->terms().set;
    if (const auto wrong = edit(choices)) return answer_of(invalid_value(desk.language, *wrong));
    Change change;
    if (choices == limits->terms().set) return change;
    change.edits.emplace_back(SetLimits{desk.kind, stored_name(people, desk), choices});
    change.action = action;
    change.target = std::string(ktl::name_of(desk.kind)) + ":" + limits->name;
    change.before = choices_text(limits->terms().set);
    change.after = choices_text(choices);
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  const auto& people = *std::get<std::shared_ptr<const gateway::Roster>>(changed);
  const gateway::RosterLimits* limits = find(people, desk);
  return limits == nullptr ? answer_of(protocol::not_found(desk.language, desk.name)) : answer_with(desk, *limits);
}

Answer take_order(Desk& desk, bool replace) {
  const auto order = JsonObject::parse(desk.body);
  if (!order) return answer_of(invalid_body(desk.language));
  return change_limits(desk, "limits.set", [&](quota::LimitChoices& choices) {
    if (replace) choices = {};
    return read_limits(*order, choices);
  });
}

}  // namespace

// GET /admin/limits: of all scopes, or of those of some kinds ("global,model,group") or of one name.
Answer list_limits(Desk& desk) {
  DeskQuery query(desk);
  const std::string kinds = query.text("kind"), name = query.text("name");
  if (query.refusal()) return std::move(*query.refusal());
  const auto people = desk.management.roster();
  JsonWriter json;
  json.begin_object().key("limits").begin_array();
  const auto add = [&](const gateway::RosterLimits& limits) {
    if ((kinds.empty() || names_kind(kinds, limits.kind)) && (name.empty() || limits.name == name)) {
      json.begin_object();
      write_view(json, limits);
      json.end_object();
    }
  };
  add(people->global);
  for (const auto& model : people->models) add(model);
  for (const auto& group : people->groups) add(group.limits);
  for (const auto& user : people->users) add(user.limits);
  for (const auto& key : people->keys) add(key.limits);
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer show_limits(Desk& desk) {
  const auto people = desk.management.roster();
  const gateway::RosterLimits* limits = find(*people, desk);
  return limits == nullptr ? answer_of(protocol::not_found(desk.language, desk.name)) : answer_with(desk, *limits);
}

Answer put_limits(Desk& desk) {
  return take_order(desk, true);
}

Answer patch_limits(Desk& desk) {
  return take_order(desk, false);
}

Answer unset_limits(Desk& desk) {
  return change_limits(desk, "limits.unset", [](quota::LimitChoices& choices) -> std::optional<std::string> {
    choices = {};
    return std::nullopt;
  });
}

}  // namespace ktl::admin

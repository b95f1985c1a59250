// GET /admin/limits/effective: all that limits one user's or key's next request, where each limit comes from, and which
// one binds: of each dimension the window with the least left.
#include <array>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/limit_windows.h"
#include "admin/messages.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

// The scopes that the request would be charged to, the narrowest first.
struct Asker {
  const gateway::RosterKey* key = nullptr;
  const gateway::RosterUser* user = nullptr;
  const gateway::RosterLimits* model = nullptr;

  std::vector<const gateway::RosterLimits*> scopes(const gateway::Roster& people) const {
    std::vector<const gateway::RosterLimits*> scopes;
    if (key != nullptr) scopes.push_back(&key->limits);
    scopes.push_back(&user->limits);
    for (const std::string& group : user->groups) scopes.push_back(&people.group(group)->limits);
    if (model != nullptr) scopes.push_back(model);
    scopes.push_back(&people.global);
    return scopes;
  }
};

void write_ban(JsonWriter& json, const Desk& desk, const std::vector<const gateway::RosterLimits*>& scopes) {
  for (const quota::Ban& ban : desk.management.bans()) {
    for (const gateway::RosterLimits* scope : scopes) {
      if (scope->scope != ban.scope || scope->kind == ScopeKind::model) continue;
      json.begin_object().field("kind", ktl::name_of(scope->kind)).field("name", scope->name);
      json.field("until", ban.until ? std::optional(timestamp(*ban.until)) : std::nullopt);
      json.field("manual", ban.manual).field("reason", ban.reason).end_object();
      return;
    }
  }
  json.null();
}

void write_answer(JsonWriter& json, const Desk& desk, const gateway::Roster& people, const Asker& asker) {
  constexpr std::array<std::pair<std::string_view, quota::Dimension>, 3> kDimensions{
      {{"requests", quota::Dimension::requests},
       {"tokens", quota::Dimension::tokens},
       {"concurrent", quota::Dimension::in_flight}}};
  const auto scopes = asker.scopes(people);
  std::array<std::optional<LimitWindow>, 3> binding;
  json.key("scopes").begin_array();
  for (const gateway::RosterLimits* scope : scopes) {
    json.begin_object().field("kind", ktl::name_of(scope->kind)).field("name", scope->name);
    json.field("scope", static_cast<std::uint32_t>(scope->scope)).key("windows").begin_array();
    for (const LimitWindow& window : windows_of(desk, *scope)) {
      if (!window.limited()) continue;
      json.begin_object();
      write_window(json, window);
      json.end_object();
      for (std::size_t i = 0; i < kDimensions.size(); ++i)
        if (kDimensions[i].second == quota::dimension_of(window.kind) &&
            (!binding[i] || window.left() < binding[i]->left()))
          binding[i] = window;
    }
    json.end_array().end_object();
  }
  json.end_array().key("binding").begin_object();
  for (std::size_t i = 0; i < kDimensions.size(); ++i) {
    json.key(kDimensions[i].first);
    if (!binding[i]) {
      json.null();
      continue;
    }
    json.begin_object().field("kind", ktl::name_of(binding[i]->scope->kind)).field("name", binding[i]->scope->name);
    write_window(json, *binding[i]);
    json.end_object();
  }
  json.end_object().key("banned");
  write_ban(json, desk, scopes);
}

}  // namespace

Answer explain_limits(Desk& desk) {
  DeskQuery query(desk);
  const std::string user = query.text("user"), key = query.text("key"), model = query.text("model");
  if (query.refusal()) return std::move(*query.refusal());
  if (user.empty() && key.empty()) return answer_of(missing_value(desk.language, "user"));
  const auto people = desk.management.roster();
  Asker asker;
  if (!key.empty()) {
    asker.key = people->key(key);
    if (asker.key == nullptr) return answer_of(protocol::not_found(desk.language, key));
  }
  asker.user = people->user(asker.key == nullptr ? user : asker.key->user);
  if (asker.user == nullptr) return answer_of(protocol::not_found(desk.language, user));
  asker.model = model.empty() ? nullptr : people->model(model);
  if (!model.empty() && asker.model == nullptr) return answer_of(protocol::model_not_found(desk.language, model));

  JsonWriter json;
  json.begin_object().field("user", asker.user->name);
  json.field("key", asker.key == nullptr ? std::nullopt : std::optional(asker.key->id()));
  json.field("model", model.empty() ? std::nullopt : std::optional(model));
  write_answer(json, desk, *people, asker);
  json.field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin

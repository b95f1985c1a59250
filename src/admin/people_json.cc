#include "admin/people_json.h"

#include "admin/answer.h"
#include "admin/figures.h"
#include "admin/limits_order.h"

namespace ktl::admin {
namespace {

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& items) {
  json.key(name).begin_array();
  for (const std::string& item : items) json.value(item);
  json.end_array();
}

std::optional<std::string> instant(const std::optional<WallTime>& at) {
  return at ? std::optional(timestamp(*at)) : std::nullopt;
}

std::string_view source_of(bool from_config) {
  return from_config ? "config" : "admin";
}

bool is_banned(const Showing& showing, std::vector<ScopeId> scopes) {
  return showing.accounting != nullptr && showing.accounting->banned(scopes).has_value();
}

void write_figures_or_limits(JsonWriter& json, const Showing& showing, const gateway::RosterLimits& limits) {
  if (showing.accounting != nullptr) return write_figures(json, *showing.accounting, limits.scope);
  json.key("limits");
  write_limits(json, limits.effective());
}

void write_last_used(JsonWriter& json, const Showing& showing, ScopeId scope) {
  json.field("last_used", showing.accounting == nullptr ? std::nullopt : instant(showing.accounting->last_used(scope)));
}

}  // namespace

void write_user(JsonWriter& json, const Showing& showing, const gateway::RosterUser& user) {
  std::vector<ScopeId> scopes{user.limits.scope};
  for (const std::size_t key : user.keys) scopes.push_back(showing.people.keys[key].limits.scope);
  json.field("user_id", user.name).field("display_name", user.name).field("description", user.description);
  write_list(json, "groups", user.groups);
  write_figures_or_limits(json, showing, user.limits);
  json.field("banned", is_banned(showing, std::move(scopes)));
}

void write_whole_user(JsonWriter& json, const Showing& showing, const gateway::RosterUser& user) {
  write_user(json, showing, user);
  json.field("source", source_of(user.from_config)).field("changed", user.changed).field("disabled", user.disabled);
  json.field("admin", user.admin).field("created_at", instant(user.created_at));
  json.field("scope", static_cast<std::uint32_t>(user.limits.scope));
  write_last_used(json, showing, user.limits.scope);
  write_list(json, "models", user.models);
  write_limit_sources(json, user.limits);
  json.key("keys").begin_array();
  for (const std::size_t place : user.keys) {
    const gateway::RosterKey& key = showing.people.keys[place];
    json.begin_object().field("id", key.id()).field("name", key.shown()).field("mask", key.mask);
    json.field("admin", key.admin || user.admin).field("state", key.state(showing.now));
    json.field("banned", is_banned(showing, {key.limits.scope}));
    write_last_used(json, showing, key.limits.scope);
    json.end_object();
  }
  json.end_array();
}

void write_group(JsonWriter& json, const Showing& showing, const gateway::RosterGroup& group) {
  json.field("name", group.name).field("description", group.description);
  json.field("source", source_of(group.from_config)).field("changed", group.changed);
  write_list(json, "users", group.users);
  json.field("created_at", instant(group.created_at)).field("scope", static_cast<std::uint32_t>(group.limits.scope));
  json.field("banned", is_banned(showing, {group.limits.scope}));
  write_figures_or_limits(json, showing, group.limits);
  write_limit_sources(json, group.limits);
}

void write_key(JsonWriter& json, const Showing& showing, const gateway::RosterKey& key) {
  json.field("id", key.id()).field("mask", key.mask).field("label", key.label).field("name", key.shown());
  json.field("user_id", key.user).field("source", source_of(key.from_config)).field("admin", key.admin);
  write_list(json, "models", key.models);
  json.field("state", key.state(showing.now)).field("banned", is_banned(showing, {key.limits.scope}));
  json.field("created_at", instant(key.created_at)).field("expires_at", instant(key.expires_at));
  write_last_used(json, showing, key.limits.scope);
  json.field("replaced_by", key.replaced_by.empty() ? std::nullopt : std::optional(key.replaced_by));
  json.field("published", key.published).field("scope", static_cast<std::uint32_t>(key.limits.scope));
  json.key("limits");
  write_limits(json, key.limits.effective());
  write_limit_sources(json, key.limits);
}

std::string settable(const gateway::RosterUser& user) {
  JsonWriter json;
  json.begin_object().field("description", user.description).field("disabled", user.disabled);
  write_list(json, "models", user.models);
  write_list(json, "groups", user.groups);
  json.end_object();
  return json.take();
}

std::string settable(const gateway::RosterGroup& group) {
  JsonWriter json;
  json.begin_object().field("description", group.description);
  write_list(json, "users", group.users);
  json.end_object();
  return json.take();
}

std::string settable(const gateway::RosterKey& key) {
  JsonWriter json;
  json.begin_object().field("user_id", key.user).field("mask", key.mask).field("label", key.label);
  write_list(json, "models", key.models);
  json.field("admin", key.admin).field("disabled", key.disabled).field("revoked", key.revoked);
  json.field("expires_at", instant(key.expires_at)).end_object();
  return json.take();
}

}  // namespace ktl::admin

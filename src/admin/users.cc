// GET /admin/users: all users with their figures and the masks of their keys.
#include "admin/figures.h"
#include "admin/pages.h"
#include "admin/user_card.h"

namespace ktl::admin {

bool is_banned(gateway::Accounting& accounting, ScopeId scope) {
  return accounting.banned({&scope, 1}).has_value();
}

void write_user(JsonWriter& json, gateway::Accounting& accounting, const UserKeys& user) {
  const identity::Principal& principal = *user.principal;
  std::vector<ScopeId> scopes{principal.user};
  for (const identity::Principal* key : user.keys) scopes.push_back(key->key);

  json.field("user_id", principal.user_name).field("display_name", principal.user_name);
  json.field("description", principal.description).key("groups").begin_array();
  for (const std::string& group : principal.group_names) json.value(group);
  json.end_array();
  write_figures(json, accounting, principal.user);
  json.field("banned", accounting.banned(scopes).has_value());
}

Answer list_users(Page& page) {
  gateway::Accounting& accounting = page.gateway().accounting;
  const std::vector<UserKeys> users = users_of(*page.catalogue);
  JsonWriter json;
  json.begin_object().field("count", users.size()).key("users").begin_array();
  for (const UserKeys& user : users) {
    json.begin_object();
    write_user(json, accounting, user);
    json.key("keys").begin_array();
    for (const identity::Principal* key : user.keys) {
      json.begin_object()
          .field("name", key->key_name)
          .field("admin", key->admin)
          .field("banned", is_banned(accounting, key->key))
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin

#include "admin/scopes.h"

#include <unordered_map>
#include <unordered_set>

namespace ktl::admin {

std::vector<UserKeys> users_of(const gateway::Catalogue& catalogue) {
  std::vector<UserKeys> users;
  if (!catalogue.directory) return users;
  std::unordered_map<ScopeId, std::size_t> places;
  for (const auto& entry : catalogue.directory->keys()) {
    const auto [place, is_new] = places.try_emplace(entry.principal.user, users.size());
    if (is_new) users.push_back({&entry.principal, {}});
    users[place->second].keys.push_back(&entry.principal);
  }
  return users;
}

std::vector<NamedScope> named_scopes(const gateway::Catalogue& catalogue) {
  std::vector<NamedScope> scopes;
  std::unordered_set<ScopeId> seen{ScopeId::none};
  const auto add = [&](ScopeId scope, ScopeKind kind, std::string_view name) {
    if (seen.insert(scope).second) scopes.push_back({scope, kind, std::string(name)});
  };
  add(catalogue.global_scope, ScopeKind::global, "global");
  for (const gateway::Model& model : catalogue.models) add(model.scope, ScopeKind::model, model.alias);
  const std::vector<UserKeys> users = users_of(catalogue);
  for (const UserKeys& user : users)
    for (std::size_t i = 0; i < user.principal->groups.size() && i < user.principal->group_names.size(); ++i)
      add(user.principal->groups[i], ScopeKind::group, user.principal->group_names[i]);
  for (const UserKeys& user : users) add(user.principal->user, ScopeKind::user, user.principal->user_name);
  for (const UserKeys& user : users)
    for (const identity::Principal* key : user.keys) add(key->key, ScopeKind::key, key->key_name);
  return scopes;
}

std::vector<ScopeId> scopes_in_books(const gateway::Catalogue& catalogue, std::optional<std::string_view> user) {
  std::vector<ScopeId> scopes;
  if (!user) {
    for (const NamedScope& scope : named_scopes(catalogue))
      if (scope.kind != ScopeKind::user && scope.kind != ScopeKind::key) scopes.push_back(scope.scope);
  }
  for (const UserKeys& one : users_of(catalogue)) {
    if (user && one.principal->user_name != *user) continue;
    scopes.push_back(one.principal->user);
    for (const identity::Principal* key : one.keys) scopes.push_back(key->key);
  }
  return scopes;
}

net::Task<void> look_at_usage(gateway::LoopServices& on, const gateway::Catalogue& catalogue,
                              std::optional<std::string_view> user) {
  quota::SharedLimits* shared = on.shared_limits.get();
  if (shared == nullptr) co_return;
  const std::vector<ScopeId> scopes = scopes_in_books(catalogue, user);
  co_await on.shared.accounting.look(*shared, scopes);
}

}  // namespace ktl::admin

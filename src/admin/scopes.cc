#include "admin/scopes.h"

namespace ktl::admin {

std::vector<NamedScope> named_scopes(const gateway::Roster& people) {
  std::vector<NamedScope> scopes;
  const auto add = [&](const gateway::RosterLimits& of, const std::string& name) {
    if (of.scope != ScopeId::none) scopes.push_back({of.scope, of.kind, name});
  };
  add(people.global, people.global.name);
  for (const gateway::RosterLimits& model : people.models) add(model, model.name);
  for (const gateway::RosterGroup& group : people.groups) add(group.limits, group.name);
  for (const gateway::RosterUser& user : people.users) add(user.limits, user.name);
  for (const gateway::RosterKey& key : people.keys) add(key.limits, key.shown());
  return scopes;
}

std::vector<ScopeId> scopes_in_books(const gateway::Roster& people, std::optional<std::string_view> user) {
  std::vector<ScopeId> scopes;
  if (!user) {
    scopes.push_back(people.global.scope);
    for (const gateway::RosterLimits& model : people.models) scopes.push_back(model.scope);
    for (const gateway::RosterGroup& group : people.groups) scopes.push_back(group.limits.scope);
  }
  for (const gateway::RosterUser& one : people.users) {
    if (user && one.name != *user) continue;
    scopes.push_back(one.limits.scope);
    for (const std::size_t key : one.keys) scopes.push_back(people.keys[key].limits.scope);
  }
  return scopes;
}

net::Task<void> look_at_usage(gateway::LoopServices& on, const gateway::Catalogue& catalogue,
                              std::optional<std::string_view> user) {
  quota::SharedLimits* shared = on.shared_limits.get();
  if (shared == nullptr) co_return;
  const std::vector<ScopeId> scopes = scopes_in_books(*catalogue.roster, user);
  co_await on.shared.accounting.look(*shared, scopes);
}

}  // namespace ktl::admin

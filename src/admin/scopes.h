#pragma once
// The scopes of all people and models, as they are known: what kind, which name, and back.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/catalogue.h"
#include "gateway/roster.h"
#include "gateway/services.h"
#include "net/task.h"

namespace ktl::admin {

struct NamedScope {
  ScopeId scope = ScopeId::none;
  ScopeKind kind = ScopeKind::user;
  std::string name;
};

// Every scope once: the global one, models, groups, users, keys, each kind in the order of the roster.
std::vector<NamedScope> named_scopes(const gateway::Roster& people);

// The scopes whose usage a page tells: of the user of that name, or (without a name) all; a user's keys after the user.
std::vector<ScopeId> scopes_in_books(const gateway::Roster& people, std::optional<std::string_view> user);

// Where limits are shared, asks first how these scopes stand everywhere (gateway/accounting.h, look).
net::Task<void> look_at_usage(gateway::LoopServices& on, const gateway::Catalogue& catalogue,
                              std::optional<std::string_view> user = std::nullopt);

}  // namespace ktl::admin

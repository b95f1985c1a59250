#pragma once
// The scopes of a catalogue, as people know them: what kind, which name, and back.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/catalogue.h"
#include "gateway/services.h"
#include "net/task.h"

namespace ktl::admin {

struct NamedScope {
  ScopeId scope = ScopeId::none;
  ScopeKind kind = ScopeKind::user;
  std::string name;
};

// Every scope once: the global one, models, groups, users, keys, each kind in the order of the configuration.
std::vector<NamedScope> named_scopes(const gateway::Catalogue& catalogue);

// One user of the directory, with the keys that are the user's.
struct UserKeys {
  const identity::Principal* principal = nullptr;  // of the first key
  std::vector<const identity::Principal*> keys;
};
std::vector<UserKeys> users_of(const gateway::Catalogue& catalogue);

// The scopes whose usage a page tells: of the user of that name, or (without a name) all; a user's keys after the user.
std::vector<ScopeId> scopes_in_books(const gateway::Catalogue& catalogue, std::optional<std::string_view> user);

// Where limits are shared, asks first how these scopes stand everywhere (gateway/accounting.h, look).
net::Task<void> look_at_usage(gateway::LoopServices& on, const gateway::Catalogue& catalogue,
                              std::optional<std::string_view> user = std::nullopt);

}  // namespace ktl::admin

#pragma once
// The configuration and what admins set in the store -> who there is (gateway/roster.h). What an admin set wins.
#include <functional>

#include "base/result.h"
#include "config/config.h"
#include "gateway/roster.h"
#include "storage/identity_rows.h"

namespace ktl::app {

// The number of the scope of that name, as the store knows it: a key by all its hex digits, the global scope as
// "everybody".
using ScopeNumbers = std::function<Result<ScopeId>(ScopeKind kind, std::string_view name)>;

// Error: invalid (a user in too many groups), or what `numbers` failed with.
Result<gateway::Roster> build_roster(const config::Config& config, const storage::People& people,
                                     const ScopeNumbers& numbers);

}  // namespace ktl::app

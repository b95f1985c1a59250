#pragma once
// One user as /stats and /admin/users show it.
#include "admin/json_writer.h"
#include "admin/scopes.h"
#include "gateway/accounting.h"

namespace ktl::admin {

// Members of the object that is open: user_id, display_name, description, groups, the figures, banned. `banned` means
// that the user, or a key of the user, is shut out now.
void write_user(JsonWriter& json, gateway::Accounting& accounting, const UserKeys& user);

bool is_banned(gateway::Accounting& accounting, ScopeId scope);

}  // namespace ktl::admin

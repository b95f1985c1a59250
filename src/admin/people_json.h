#pragma once
// Users, groups and keys as the admin pages show them.
#include <string>

#include "admin/json_writer.h"
#include "gateway/accounting.h"
#include "gateway/roster.h"

namespace ktl::admin {

// What stands around the people while they are shown.
struct Showing {
  const gateway::Roster& people;
  gateway::Accounting* accounting = nullptr;  // null: nobody knows what is used
  WallTime now{};
};

// Members of the open object: user_id, display_name, description, groups, figures, banned. What /stats tells.
void write_user(JsonWriter& json, const Showing& showing, const gateway::RosterUser& user);
// The same, and source, disabled, models, sources, set, keys.
void write_whole_user(JsonWriter& json, const Showing& showing, const gateway::RosterUser& user);
void write_group(JsonWriter& json, const Showing& showing, const gateway::RosterGroup& group);
void write_key(JsonWriter& json, const Showing& showing, const gateway::RosterKey& key);

// What can be set of each, for its tag and for the log of changes.
std::string settable(const gateway::RosterUser& user);
std::string settable(const gateway::RosterGroup& group);
std::string settable(const gateway::RosterKey& key);

}  // namespace ktl::admin

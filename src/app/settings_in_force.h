#pragma once
// The settings that a running gateway works by, and where each comes from. Some hold from the start, whatever the files
// say since; others are taken over by a reload; limits may be set by an admin, over the files. Pure.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "admin/management.h"
#include "config/config.h"
#include "gateway/roster.h"

namespace ktl::app {

struct InForce {
  const config::Config& started;                                         // with which the gateway started
  const config::Config& loaded;                                          // last taken over by a reload
  const gateway::Roster& people;                                         // for the limits of models and of everybody
  std::vector<std::pair<std::string, std::int64_t>> in_flight_limits{};  // of upstreams by name, as they are now
};

// In the order of the printed configuration. Users, keys and groups are not among them (config/settings.h).
std::vector<admin::Setting> settings_in_force(const InForce& now);

}  // namespace ktl::app

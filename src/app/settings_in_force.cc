#include "app/settings_in_force.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "config/settings.h"

namespace ktl::app {
namespace {

using admin::Setting;

bool taken_over_by_reload(std::string_view path) {
  static constexpr std::array<std::string_view, 7> beginnings = {"models.",
                                                                 "default_limits.",
                                                                 "global_limits.",
                                                                 "tokenizer.",
                                                                 "rate_limiting.ban_",
                                                                 "security.admin_keys",
                                                                 "security.api_key_required"};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [path](std::string_view beginning) { return path.starts_with(beginning); });
}

Setting shown(const config::Setting& from) {
  Setting setting{.path = from.path, .value = from.value};
  if (!from.origin) return setting;
  setting.source = from.origin->variables.empty() ? "config" : "environment";
  setting.file = from.origin->file;
  setting.line = from.origin->line;
  setting.variables = from.origin->variables;
  return setting;
}

// What the files say now, with what holds since the start in its place where a reload does not take it over.
std::vector<Setting> of_files(const InForce& now) {
  std::map<std::string, config::Setting> at_start;
  for (config::Setting& setting : config::settings_of(now.started)) at_start.emplace(setting.path, std::move(setting));
  std::vector<Setting> settings;
  for (const config::Setting& setting : config::settings_of(now.loaded)) {
    const auto old = at_start.find(setting.path);
    if (taken_over_by_reload(setting.path) || (old != at_start.end() && old->second.value == setting.value)) {
      settings.push_back(shown(setting));
    } else {
      settings.push_back(old == at_start.end() ? Setting{.path = setting.path} : shown(old->second));
      settings.back().after_restart = setting.value;
    }
  }
  return settings;
}

void set_by_admin(std::vector<Setting>& settings, const std::string& section, const std::string& name,
                  const std::string& value) {
  const std::string path = section + "." + name;
  Setting setting{.path = path, .value = value, .source = "admin"};
  const auto same =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& one) { return one.path == path; });
  if (same != settings.end()) {
    *same = std::move(setting);
    return;
  }
  const auto last = std::find_if(settings.rbegin(), settings.rend(),
                                 [&](const Setting& one) { return one.path.starts_with(section + "."); });
  settings.insert(last == settings.rend() ? settings.end() : last.base(), std::move(setting));
}

void set_limits(std::vector<Setting>& settings, const std::string& section, const quota::LimitChoices& set) {
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto& amount = set.amount[i];
    if (!amount) continue;
    const std::string value = *amount == quota::kUnlimited ? "unlimited" : std::to_string(*amount);
    set_by_admin(settings, section, std::string(quota::name_of(static_cast<quota::LimitKind>(i))), value);
  }
}

}  // namespace

std::vector<Setting> settings_in_force(const InForce& now) {
  std::vector<Setting> settings = of_files(now);
  set_limits(settings, "global_limits", now.people.global.terms().set);
  for (const gateway::RosterLimits& model : now.people.models)
    set_limits(settings, "models." + model.name + ".limits", model.terms().set);
  for (std::size_t i = 0; i < now.started.upstreams.size(); ++i) {
    const config::Upstream& upstream = now.started.upstreams[i];
    for (const auto& [name, limit] : now.in_flight_limits)
      if (name == upstream.name && limit != upstream.max_in_flight)
        set_by_admin(settings, "upstreams[" + std::to_string(i) + "]", "max_in_flight", std::to_string(limit));
  }
  return settings;
}

}  // namespace ktl::app

// What only shows when everything is read.
#include <algorithm>
#include <set>

#include "config/draft.h"
#include "identity/api_key.h"

namespace ktl::config {
namespace {

// A key written where a user belongs must not be printed.
std::string shown_user(const std::string& name) {
  return name.starts_with("sk-") || name.starts_with("sha256:") ? identity::masked(name) : shown(name);
}

void check_names(const Draft& draft, Findings& findings) {
  std::vector<std::string> users, models;
  for (const User& user : draft.config.users) users.push_back(user.name);
  for (const Model& model : draft.config.models) models.push_back(model.alias);
  const std::set<std::string> known_users(users.begin(), users.end());
  for (const Reference& reference : draft.users_named)
    if (!known_users.contains(reference.name))
      findings.add(reference.at, "'{}': users에 없는 사용자입니다{}", "'{}' is not in users{}",
                   shown_user(reference.name), did_you_mean(findings.language(), reference.name, users));
  const std::set<std::string> known_models(models.begin(), models.end());
  for (const Reference& reference : draft.models_named)
    if (!known_models.contains(reference.name))
      findings.add(reference.at, "'{}': models에 없는 모델입니다{}", "'{}' is not in models{}", shown(reference.name),
                   did_you_mean(findings.language(), reference.name, models));
}

void check_keys(const Draft& draft, Findings& findings) {
  std::set<identity::KeyDigest> seen;
  for (std::size_t i = 0; i < draft.config.api_keys.size(); ++i)
    if (!seen.insert(draft.config.api_keys[i].digest).second)
      findings.add(draft.key_places[i], "{}: 같은 키가 두 번 쓰였습니다", "{}: this key is given twice",
                   draft.config.api_keys[i].mask);
  for (std::size_t i = 0; i < draft.config.security.admin_keys.size(); ++i)
    if (!seen.insert(draft.config.security.admin_keys[i].digest).second)
      findings.add(draft.admin_key_places[i], "{}: 같은 키가 두 번 쓰였습니다", "{}: this key is given twice",
                   draft.config.security.admin_keys[i].mask);
}

void check_engines(const Draft& draft, Findings& findings) {
  const Config& config = draft.config;
  std::set<std::string> names;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const Upstream& upstream = config.upstreams[i];
    if (!names.insert(upstream.name).second)
      findings.add(draft.upstream_places[i], "업스트림 이름 '{}'이(가) 두 번 쓰였습니다",
                   "two upstreams have the name '{}'", shown(upstream.name));
    if (upstream.port == config.server.port &&
        (upstream.host == config.server.host || (upstream.host == "localhost" && config.server.host == "127.0.0.1")))
      findings.add(draft.upstream_places[i], "업스트림 주소 {}:{}이(가) 이 프로그램의 주소와 같습니다",
                   "the upstream's address {}:{} is this program's own", shown(upstream.host), upstream.port);
  }
  for (std::size_t i = 0; i < config.models.size(); ++i) {
    const std::string& alias = config.models[i].alias;
    bool served = false;
    for (const Upstream& upstream : config.upstreams)
      served = served || upstream.models.empty() ||
               std::find(upstream.models.begin(), upstream.models.end(), alias) != upstream.models.end();
    if (!served)
      findings.add(draft.model_places[i], "'{}': 이 모델을 제공하는 업스트림이 없습니다",
                   "no upstream serves the model '{}'", shown(alias));
  }
}

}  // namespace

void cross_check(const Draft& draft, Findings& findings) {
  check_names(draft, findings);
  check_keys(draft, findings);
  check_engines(draft, findings);
  const Config& config = draft.config;
  if (config.dashboard.enabled && config.server.port != 0 && config.dashboard.port == config.server.port &&
      config.dashboard.host == config.server.host)
    findings.add(draft.dashboard_place, "dashboard와 server가 같은 주소 {}:{}을(를) 씁니다",
                 "dashboard and server use the same address {}:{}", shown(config.server.host), config.server.port);
}

}  // namespace ktl::config

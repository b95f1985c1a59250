#include "app/roster_builder.h"

#include <algorithm>
#include <map>
#include <set>

#include "identity/api_key.h"
#include "ledger/entry.h"

namespace ktl::app {
namespace {

using gateway::Roster;
using gateway::RosterGroup;
using gateway::RosterKey;
using gateway::RosterLimits;
using gateway::RosterUser;
using gateway::SaidLimits;
using gateway::Source;

constexpr std::size_t kMostGroups = ledger::kMaxScopes - 4;

class Builder {
 public:
  Builder(const config::Config& config, const storage::People& people, const ScopeNumbers& numbers)
      : config_(config), people_(people), numbers_(numbers) {
    for (const storage::LimitsRow& row : people.limits) set_[{row.kind, row.name}] = &row.limits;
    for (const config::User& user : config.users) configured_users_.emplace(user.name, nullptr);
    for (const config::ApiKey& key : config.api_keys) configured_keys_.emplace(key.digest, nullptr);
    for (const storage::UserRow& row : people.users)
      if (const auto user = configured_users_.find(row.name); user != configured_users_.end()) user->second = &row;
    for (const storage::KeyRow& row : people.keys)
      if (const auto key = configured_keys_.find(row.digest); key != configured_keys_.end()) key->second = &row;
    for (const storage::GroupRow& row : people.groups) group_rows_[row.name] = &row;
  }

  Result<Roster> build() {
    add_global_and_models();
    add_users();
    add_groups();
    add_keys();
    for (const config::AdminKey& key : config_.security.admin_keys)
      roster_.admin_keys.push_back({key.digest, key.mask});
    if (!problem_.message.empty()) return tl::unexpected(problem_);
    for (const RosterUser& user : roster_.users)
      if (user.groups.size() > kMostGroups)
        return fail(ErrorCode::invalid, ErrorSource::gateway,
                    "user '" + user.name + "' is in more than " + std::to_string(kMostGroups) + " groups");
    roster_.index();
    return std::move(roster_);
  }

 private:
  // `number`: the scope's, where the store's row has it; none: it is asked for. `said`: the kinds that the
  // configuration's own entry names; all others with an amount come from default_limits.
  RosterLimits limits(ScopeKind kind, std::string shown, std::string_view name, const quota::Limits& configured,
                      ScopeId number = ScopeId::none, const std::vector<quota::LimitKind>* said = nullptr) {
    SaidLimits terms{.configured = configured, .configured_by = {}, .set = {}};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
      const auto of = static_cast<quota::LimitKind>(i);
      const bool own = said == nullptr || std::find(said->begin(), said->end(), of) != said->end();
      if (configured[of] != quota::kUnlimited) terms.configured_by[i] = own ? Source::config : Source::standard;
    }
    if (!set_.empty()) {
      const std::string stored(kind == ScopeKind::global ? std::string_view() : name);
      if (const auto set = set_.find({kind, stored}); set != set_.end()) terms.set = *set->second;
    }
    RosterLimits limits{.kind = kind, .scope = number, .name = std::move(shown), .said = shared(terms)};
    if (limits.scope != ScopeId::none) return limits;
    auto given = numbers_(kind, name);
    if (given) limits.scope = *given;
    if (!given && problem_.message.empty()) problem_ = given.error();
    return limits;
  }

  std::shared_ptr<const SaidLimits> shared(const SaidLimits& terms) {
    if (terms == SaidLimits{}) return nullptr;
    auto& kept = said_[terms];
    if (kept == nullptr) kept = std::make_shared<const SaidLimits>(terms);
    return kept;
  }

  void add_global_and_models() {
    roster_.global = limits(ScopeKind::global, "global", "everybody", config_.global_limits);
    for (const config::Model& model : config_.models)
      roster_.models.push_back(limits(ScopeKind::model, model.alias, model.alias, model.limits));
  }

  void add_users() {
    roster_.users.reserve(config_.users.size() + people_.users.size());
    for (const config::User& from : config_.users) {
      RosterUser user;
      user.name = from.name;
      user.description = from.description;
      user.from_config = true;
      user.admin = from.admin;
      user.models = from.models;
      const storage::UserRow* row = configured_users_.at(from.name);
      const ScopeId number = row == nullptr ? ScopeId::none : row->scope;
      user.limits = limits(ScopeKind::user, from.name, from.name, from.limits, number, &from.own_limits);
      if (row != nullptr) {
        user.disabled = row->disabled;
        user.changed = user.disabled || row->edited;
        if (row->edited) {
          user.description = row->description;
          user.models = row->allowed_models;
        }
      }
      roster_.users.push_back(std::move(user));
    }
    for (const storage::UserRow& row : people_.users)
      if (!configured_users_.contains(row.name)) add_stored_user(row);
  }

  void add_stored_user(const storage::UserRow& row) {
    static const std::vector<quota::LimitKind> nothing_said;
    RosterUser user;
    user.name = row.name;
    user.description = row.description;
    user.disabled = row.disabled;
    user.models = row.allowed_models;
    user.created_at = row.created_at;
    user.limits = limits(ScopeKind::user, row.name, row.name, config_.default_limits, row.scope, &nothing_said);
    if (row.limits != quota::Limits{} && !set_.contains({ScopeKind::user, row.name})) {
      SaidLimits terms = user.limits.terms();
      for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
        if (row.limits.amount[i] != quota::kUnlimited) terms.set.amount[i] = row.limits.amount[i];
      user.limits.said = shared(terms);
    }
    roster_.users.push_back(std::move(user));
  }

  void add_groups() {
    if (config_.groups.empty() && people_.groups.empty()) return;
    for (RosterUser& user : roster_.users) users_.emplace(user.name, &user);
    for (const config::Group& from : config_.groups) {
      RosterGroup group;
      group.name = from.name;
      group.description = from.description;
      group.from_config = true;
      group.users = from.users;
      group.limits = limits(ScopeKind::group, from.name, from.name, from.limits);
      if (const auto row = group_rows_.find(from.name); row != group_rows_.end()) {
        group.changed = true;
        group.description = row->second->description;
        group.users = row->second->users;
      }
      add_group(std::move(group));
    }
    for (const storage::GroupRow& row : people_.groups) {
      const auto same = [&](const config::Group& group) { return group.name == row.name; };
      if (std::any_of(config_.groups.begin(), config_.groups.end(), same)) continue;
      RosterGroup group;
      group.name = row.name;
      group.description = row.description;
      group.users = row.users;
      group.created_at = row.created_at;
      group.limits = limits(ScopeKind::group, row.name, row.name, {});
      add_group(std::move(group));
    }
  }

  // Users that are gone are left out.
  void add_group(RosterGroup group) {
    std::erase_if(group.users, [&](const std::string& name) { return !users_.contains(name); });
    for (const std::string& name : group.users) users_.at(name)->groups.push_back(group.name);
    roster_.groups.push_back(std::move(group));
  }

  void add_keys() {
    roster_.keys.reserve(config_.api_keys.size() + people_.keys.size());
    std::set<identity::KeyDigest> added;
    for (const config::ApiKey& from : config_.api_keys) {
      if (!added.insert(from.digest).second) continue;
      RosterKey key;
      key.from_config = true;
      key.digest = from.digest;
      key.mask = from.mask;
      key.label = from.label;
      key.user = from.user;
      key.published = from.published;
      key.models = from.models;
      if (const storage::KeyRow* row = configured_keys_.at(from.digest); row != nullptr) take_over(*row, key);
      finish(std::move(key), from.limits, ScopeId::none);
    }
    for (const storage::KeyRow& row : people_.keys) {
      if (configured_keys_.contains(row.digest)) continue;
      RosterKey key;
      key.digest = row.digest;
      key.mask = row.mask.empty() ? "sha256:" + identity::key_id(row.digest).substr(0, 6) + "…" : row.mask;
      key.user = row.user_name;
      key.admin = row.admin;
      key.created_at = row.created_at;
      take_over(row, key);
      finish(std::move(key), {}, row.scope);
    }
  }

  static void take_over(const storage::KeyRow& row, RosterKey& key) {
    key.label = row.label == key.mask ? "" : row.label;
    key.models = row.allowed_models;
    key.disabled = row.disabled;
    key.revoked = row.revoked;
    key.expires_at = row.expires_at;
    key.replaced_by = row.replaced_by.substr(0, identity::kKeyIdLength);
  }

  void finish(RosterKey key, const quota::Limits& configured, ScopeId number) {
    key.limits = limits(ScopeKind::key, identity::key_id(key.digest), identity::hex_of(key.digest), configured, number);
    roster_.keys.push_back(std::move(key));
  }

  const config::Config& config_;
  const storage::People& people_;
  const ScopeNumbers& numbers_;
  std::map<std::pair<ScopeKind, std::string>, const quota::LimitChoices*> set_;
  // The configuration's own, with the store's row of each; nullptr: it has none.
  std::map<std::string_view, const storage::UserRow*> configured_users_;
  std::map<identity::KeyDigest, const storage::KeyRow*> configured_keys_;
  std::map<std::string_view, const storage::GroupRow*> group_rows_;
  std::map<std::string_view, RosterUser*> users_;  // once all are there
  std::map<SaidLimits, std::shared_ptr<const SaidLimits>> said_;  // each once
  Roster roster_;
  Error problem_;
};

}  // namespace

Result<gateway::Roster> build_roster(const config::Config& config, const storage::People& people,
                                     const ScopeNumbers& numbers) {
  return Builder(config, people, numbers).build();
}

}  // namespace ktl::app

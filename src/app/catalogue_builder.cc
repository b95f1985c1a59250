#include "app/catalogue_builder.h"

#include <map>

#include "base/text.h"
#include "config/serving.h"

namespace ktl::app {
namespace {

// One build: collects scopes, names and limits while users, keys and models are put together.
class Builder {
 public:
  Builder(const config::Config& config, Store& store, const std::vector<upstream::Upstream*>& upstreams,
          Tokenizers& tokenizers, gateway::Metrics& metrics)
      : config_(config),
        store_(store),
        upstreams_(upstreams),
        tokenizers_(tokenizers),
        metrics_(metrics),
        catalogue_(std::make_shared<gateway::Catalogue>()) {}

  Result<BuiltCatalogue> build() {
    auto global = scope(ScopeKind::global, "everybody", "", config_.global_limits);
    if (!global) return tl::unexpected(global.error());
    catalogue_->global_scope = *global;
    if (auto done = add_models(); !done) return tl::unexpected(done.error());
    if (auto done = add_groups(); !done) return tl::unexpected(done.error());
    if (auto done = add_users(); !done) return tl::unexpected(done.error());
    if (auto done = add_keys(); !done) return tl::unexpected(done.error());
    catalogue_->directory = std::make_shared<identity::Directory>(std::move(keys_));
    for (const auto& key : config_.security.admin_keys) catalogue_->admin_keys.push_back(key.digest);
    return BuiltCatalogue{std::move(catalogue_), std::move(limits_), std::move(counters_), std::move(estimated_)};
  }

 private:
  Result<ScopeId> scope(ScopeKind kind, std::string_view name, std::string shown, const quota::Limits& limits) {
    auto id = store_.scope(kind, name);
    if (!id) return id;
    limits_.push_back({*id, kind, limits});
    if (!shown.empty()) catalogue_->scope_names[*id] = std::move(shown);
    return id;
  }

  Result<void> add_models() {
    for (const config::Model& m : config_.models) {
      auto id = scope(ScopeKind::model, m.alias, m.alias, m.limits);
      if (!id) return tl::unexpected(id.error());
      gateway::Model model;
      model.alias = m.alias;
      model.metrics = &metrics_.model(m.alias);
      model.served_name = m.upstream_model.empty() ? m.alias : m.upstream_model;
      model.scope = *id;
      model.context_length = m.context_length;
      model.default_max_tokens = m.default_max_tokens.value_or(config_.tokenizer.default_max_tokens);
      for (std::size_t i = 0; i < upstreams_.size(); ++i)
        if (config::serves(config_.upstreams[i], m)) model.upstreams.push_back(upstreams_[i]);
      if (model.upstreams.empty())
        return fail(ErrorCode::invalid, ErrorSource::gateway, "model '" + m.alias + "' is served by no upstream");
      add_counting(m, model);
      catalogue_->models.push_back(std::move(model));
    }
    return {};
  }

  void add_counting(const config::Model& from, gateway::Model& model) {
    Counting counting = tokenizers_.for_model(config_, from);
    if (counting.exact) counters_.push_back({counting.exact, model.upstreams});
    if (!counting.problem.empty()) estimated_.push_back(from.alias + ": " + counting.problem);
    model.counter = std::move(counting.counter);
    model.estimator = std::move(counting.estimator);
    model.pieces = std::move(counting.pieces);
    model.drift = std::move(counting.drift);
    model.learner = std::move(counting.learner);
    model.tokenizer = std::move(counting.source);
    model.chat_template = prompt::name_of(counting.family);
  }

  Result<void> add_groups() {
    for (const config::Group& group : config_.groups) {
      auto id = scope(ScopeKind::group, group.name, group.name, group.limits);
      if (!id) return tl::unexpected(id.error());
      for (const std::string& user : group.users) groups_of_[user].push_back({*id, group.name});
    }
    return {};
  }

  Result<void> add_user(const std::string& name, const std::string& description, const quota::Limits& limits,
                        const std::vector<std::string>& models, bool admin) {
    auto id = scope(ScopeKind::user, name, name, limits);
    if (!id) return tl::unexpected(id.error());
    identity::Principal principal;
    principal.user = *id;
    principal.user_name = name;
    principal.description = description;
    principal.allowed_models = models;
    principal.admin = admin;
    for (const auto& [group, group_name] : groups_of_[name]) {
      principal.groups.push_back(group);
      principal.group_names.push_back(group_name);
    }
    if (principal.groups.size() > ledger::kMaxScopes - 4)
      return fail(ErrorCode::invalid, ErrorSource::gateway,
                  "user '" + name + "' is in more than " + std::to_string(ledger::kMaxScopes - 4) + " groups");
    users_[name] = std::move(principal);
    return {};
  }

  Result<void> add_users() {
    for (const config::User& user : config_.users)
      if (auto done = add_user(user.name, user.description, user.limits, user.models, user.admin); !done) return done;
    auto rows = store_.users();
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows) {
      if (row.disabled || users_.contains(row.name)) continue;  // the configuration has the last word
      quota::Limits limits = config_.default_limits;
      for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
        if (row.limits.amount[kind] != quota::kUnlimited) limits.amount[kind] = row.limits.amount[kind];
      if (auto done = add_user(row.name, row.description, limits, {}, false); !done) return done;
    }
    if (!config_.security.api_key_required) {
      if (auto done = add_user("anonymous", "callers without a key", config_.default_limits, {}, false); !done) return done;
      auto anonymous = users_["anonymous"];
      auto id = scope(ScopeKind::key, "anonymous", "no key", {});
      if (!id) return tl::unexpected(id.error());
      anonymous.key = *id;
      anonymous.key_name = "no key";
      catalogue_->anonymous = std::make_shared<identity::Principal>(std::move(anonymous));
    }
    return {};
  }

  Result<void> add_key(const identity::KeyDigest& digest, const std::string& shown, const std::string& user,
                       const quota::Limits& limits, const std::vector<std::string>& models, bool admin) {
    const auto owner = users_.find(user);
    if (owner == users_.end()) return {};  // a disabled user's key is no key
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
    auto id = scope(ScopeKind::key, to_hex(bytes), shown, limits);
    if (!id) return tl::unexpected(id.error());
    identity::Principal principal = owner->second;
    principal.key = *id;
    principal.key_name = shown;
    if (!models.empty()) principal.allowed_models = models;
    principal.admin = principal.admin || admin;
    keys_.push_back({digest, std::move(principal)});
    return {};
  }

  Result<void> add_keys() {
    for (const config::ApiKey& key : config_.api_keys)
      if (auto done = add_key(key.digest, key.label.empty() ? key.mask : key.label, key.user, key.limits, key.models, false);
          !done)
        return done;
    auto rows = store_.keys();
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows) {
      if (row.disabled) continue;
      const std::string_view bytes(reinterpret_cast<const char*>(row.digest.data()), 4);
      const std::string shown = row.label.empty() ? "sha256:" + to_hex(bytes) + "…" : row.label;
      if (auto done = add_key(row.digest, shown, row.user_name, {}, row.allowed_models, row.admin); !done) return done;
    }
    return {};
  }

  const config::Config& config_;
  Store& store_;
  const std::vector<upstream::Upstream*>& upstreams_;
  Tokenizers& tokenizers_;
  gateway::Metrics& metrics_;
  std::shared_ptr<gateway::Catalogue> catalogue_;
  std::vector<FollowingCounter> counters_;
  std::vector<std::string> estimated_;
  std::vector<ScopeLimits> limits_;
  std::map<std::string, std::vector<std::pair<ScopeId, std::string>>> groups_of_;
  std::map<std::string, identity::Principal> users_;
  std::vector<identity::Directory::KeyEntry> keys_;
};

}  // namespace

Result<BuiltCatalogue> build_catalogue(const config::Config& config, Store& store,
                                       const std::vector<upstream::Upstream*>& upstreams, Tokenizers& tokenizers,
                                       gateway::Metrics& metrics) {
  return Builder(config, store, upstreams, tokenizers, metrics).build();
}

}  // namespace ktl::app

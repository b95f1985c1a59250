#include "app/catalogue_builder.h"

#include "app/roster_builder.h"
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
    auto people = store_.people();
    if (!people) return tl::unexpected(people.error());
    auto roster = build_roster(config_, *people,
                               [this](ScopeKind kind, std::string_view name) { return store_.scope(kind, name); });
    if (!roster) return tl::unexpected(roster.error());
    roster_ = std::make_shared<gateway::Roster>(std::move(*roster));
    limits_.reserve(roster_->users.size() + roster_->keys.size() + roster_->groups.size() + roster_->models.size() + 3);
    take_limits(roster_->global, "");
    catalogue_->global_scope = roster_->global.scope;
    if (auto done = add_models(); !done) return tl::unexpected(done.error());
    for (const gateway::RosterGroup& group : roster_->groups) take_limits(group.limits, group.name);
    add_users();
    if (auto done = add_anonymous(); !done) return tl::unexpected(done.error());
    add_keys();
    catalogue_->scope_names.finish();
    catalogue_->directory = std::make_shared<identity::Directory>(std::move(keys_));
    catalogue_->roster = roster_;
    for (const auto& key : config_.security.admin_keys) catalogue_->admin_keys.push_back(key.digest);
    return BuiltCatalogue{std::move(catalogue_), std::move(limits_), std::move(counters_), std::move(estimated_),
                          people->version};
  }

 private:
  // `shown` stands in the roster.
  void take_limits(const gateway::RosterLimits& from, std::string_view shown) {
    limits_.push_back({from.scope, from.kind, from.effective()});
    if (!shown.empty()) catalogue_->scope_names.add(from.scope, shown);
  }

  Result<void> add_models() {
    for (std::size_t place = 0; place < config_.models.size(); ++place) {
      const config::Model& m = config_.models[place];
      take_limits(roster_->models[place], roster_->models[place].name);
      gateway::Model model;
      model.alias = m.alias;
      model.metrics = &metrics_.model(m.alias);
      model.served_name = m.upstream_model.empty() ? m.alias : m.upstream_model;
      model.scope = roster_->models[place].scope;
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
    model.fallback = counting.fallback;
    model.framing = prompt::framing_of(*model.counter);
    model.estimator = std::move(counting.estimator);
    model.pieces = std::move(counting.pieces);
    model.drift = std::move(counting.drift);
    model.learner = std::move(counting.learner);
    model.tokenizer = std::move(counting.source);
    model.chat_template = prompt::name_of(counting.family);
  }

  void add_users() {
    for (const gateway::RosterUser& user : roster_->users) take_limits(user.limits, user.name);
  }

  // What all keys of a user have in common.
  identity::Principal principal_of(const gateway::RosterUser& user) const {
    identity::Principal principal;
    principal.user = user.limits.scope;
    principal.user_name = user.name;
    principal.allowed_models = user.models;
    principal.admin = user.admin;
    for (const std::string& group : user.groups) principal.groups.push_back(roster_->group(group)->limits.scope);
    return principal;
  }

  Result<void> add_anonymous() {
    if (config_.security.api_key_required) return {};
    identity::Principal anonymous;
    anonymous.user_name = "anonymous";
    anonymous.key_name = "no key";
    const auto user = store_.scope(ScopeKind::user, anonymous.user_name);
    if (!user) return tl::unexpected(user.error());
    const auto key = store_.scope(ScopeKind::key, "anonymous");
    if (!key) return tl::unexpected(key.error());
    anonymous.user = *user;
    anonymous.key = *key;
    limits_.push_back({*user, ScopeKind::user, config_.default_limits});
    limits_.push_back({*key, ScopeKind::key, {}});
    catalogue_->anonymous = std::make_shared<identity::Principal>(std::move(anonymous));
    catalogue_->scope_names.add(*user, catalogue_->anonymous->user_name);
    catalogue_->scope_names.add(*key, catalogue_->anonymous->key_name);
    return {};
  }

  // A disabled user's key is no key, nor is one that was disabled itself.
  void add_keys() {
    keys_.reserve(roster_->keys.size());
    for (const gateway::RosterKey& key : roster_->keys) {
      take_limits(key.limits, key.shown());
      const gateway::RosterUser* owner = roster_->user(key.user);
      if (key.disabled || key.revoked || owner == nullptr || owner->disabled) continue;
      identity::Principal principal = principal_of(*owner);
      principal.key = key.limits.scope;
      principal.key_name = key.shown();
      if (!key.models.empty()) principal.allowed_models = key.models;
      principal.admin = principal.admin || key.admin;
      principal.expires_at = key.expires_at;
      keys_.push_back({key.digest, std::move(principal)});
    }
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
  std::shared_ptr<gateway::Roster> roster_;
  std::vector<identity::Directory::KeyEntry> keys_;
};

}  // namespace

Result<BuiltCatalogue> build_catalogue(const config::Config& config, Store& store,
                                       const std::vector<upstream::Upstream*>& upstreams, Tokenizers& tokenizers,
                                       gateway::Metrics& metrics) {
  return Builder(config, store, upstreams, tokenizers, metrics).build();
}

}  // namespace ktl::app

#include "app/management.h"

#include <algorithm>

#include "app/settings_in_force.h"
#include "config/print.h"
#include "identity/api_key.h"

namespace ktl::app {
namespace {

// SQLite keeps an instant for every ban; "until lifted" is the last one.
constexpr WallTime kForever{Millis(std::int64_t{253'402'300'799'000})};

// What is asked for -> what is written.
class Rows {
 public:
  Rows(const config::Config& config, const storage::People& people, WallTime now)
      : config_(config), people_(people), now_(now) {}

  std::vector<storage::Edit> take() { return std::move(rows_); }

  void operator()(const gateway::RosterUser& user) {
    storage::UserRow row;
    if (const storage::UserRow* before = stored(user.name)) row = *before;
    row.name = user.name;
    row.description = user.description;
    row.allowed_models = user.models;
    row.disabled = user.disabled;
    row.edited = user.from_config;
    row.created_at = user.created_at.value_or(now_);
    rows_.emplace_back(std::move(row));
  }

  void operator()(const gateway::RosterKey& key) {
    if (stored(key.user) == nullptr && config_.user(key.user) != nullptr) {
      storage::UserRow owner;  // a key's user is in the store, whoever made the user
      owner.name = key.user;
      owner.created_at = now_;
      rows_.emplace_back(std::move(owner));
    }
    storage::KeyRow row;
    row.digest = key.digest;
    row.user_name = key.user;
    row.label = key.label;
    row.mask = key.mask;
    row.allowed_models = key.models;
    row.admin = key.admin;
    row.created_at = key.created_at.value_or(now_);
    row.disabled = key.disabled;
    row.revoked = key.revoked;
    row.expires_at = key.expires_at;
    row.replaced_by = key.replaced_by;
    rows_.emplace_back(std::move(row));
  }

  void operator()(const gateway::RosterGroup& group) {
    rows_.emplace_back(storage::GroupRow{group.name, group.description, group.users, group.created_at.value_or(now_)});
  }

  void operator()(const admin::SetLimits& set) {
    const storage::UserRow* user = set.kind == ScopeKind::user ? stored(set.name) : nullptr;
    if (user != nullptr && user->limits != quota::Limits{}) {  // given when it was made; now they stand in one place
      storage::UserRow row = *user;
      row.limits = {};
      rows_.emplace_back(std::move(row));
    }
    rows_.emplace_back(storage::LimitsRow{set.kind, set.name, set.limits});
  }

  void operator()(const admin::RemoveUser& gone) {
    for (const storage::KeyRow& key : people_.keys)
      if (key.user_name == gone.name) rows_.emplace_back(storage::LimitsRow{ScopeKind::key, identity::hex_of(key.digest), {}});
    rows_.emplace_back(storage::LimitsRow{ScopeKind::user, gone.name, {}});
    rows_.emplace_back(storage::RemovedUser{gone.name});
  }

  void operator()(const admin::ResetUser& reset) {
    if (const storage::UserRow* before = stored(reset.name)) {
      storage::UserRow row;
      row.name = reset.name;
      row.created_at = before->created_at;
      rows_.emplace_back(std::move(row));
    }
    rows_.emplace_back(storage::LimitsRow{ScopeKind::user, reset.name, {}});
  }

  void operator()(const admin::RemoveGroup& gone) {
    rows_.emplace_back(storage::LimitsRow{ScopeKind::group, gone.name, {}});
    rows_.emplace_back(storage::RemovedGroup{gone.name});
  }

  void operator()(const admin::SetBan& set) {
    if (set.ban)
      rows_.emplace_back(row_of(*set.ban));
    else
      rows_.emplace_back(storage::LiftedBan{set.scope});
  }

 private:
  const storage::UserRow* stored(const std::string& name) const {
    for (const storage::Edit& edit : rows_)  // written by this very change
      if (const auto* row = std::get_if<storage::UserRow>(&edit); row != nullptr && row->name == name) return row;
    const auto found = std::find_if(people_.users.begin(), people_.users.end(),
                                    [&](const storage::UserRow& row) { return row.name == name; });
    return found == people_.users.end() ? nullptr : &*found;
  }

  const config::Config& config_;
  const storage::People& people_;
  const WallTime now_;
  std::vector<storage::Edit> rows_;
};

storage::AuditRow row_of(admin::AuditEntry entry) {
  return {std::move(entry.id),     entry.at,
          std::move(entry.who),    std::move(entry.action),
          std::move(entry.target), std::move(entry.before),
          std::move(entry.after)};
}

}  // namespace

storage::BanRow row_of(const quota::Ban& ban) {
  return {.scope = ban.scope, .until = ban.until.value_or(kForever), .reason = ban.reason, .manual = ban.manual};
}

quota::Ban ban_of(storage::BanRow row) {
  quota::Ban ban{.scope = row.scope, .until = row.until, .manual = row.manual, .reason = std::move(row.reason)};
  if (row.until >= kForever) ban.until = std::nullopt;
  return ban;
}

Result<std::shared_ptr<const gateway::Roster>> Management::build(const storage::People& people) const {
  auto roster = build_roster(around_.config(), people, around_.numbers);
  if (!roster) return tl::unexpected(roster.error());
  return std::make_shared<const gateway::Roster>(std::move(*roster));
}

std::shared_ptr<const gateway::Roster> Management::roster() {
  return around_.in_force ? around_.in_force() : stored_people();
}

std::shared_ptr<const gateway::Roster> Management::stored_people() {
  const std::lock_guard lock(stored_mutex_);
  const auto version = around_.store.version();
  if (stored_ && version && *version == stored_version_) return stored_;
  const auto people = around_.store.people();
  auto built = people ? build(*people) : tl::unexpected(people.error());
  if (!built) return std::make_shared<const gateway::Roster>();
  stored_version_ = people->version;
  return stored_ = std::move(*built);
}

std::vector<quota::Ban> Management::bans() {
  if (around_.bans) return around_.bans();
  std::vector<quota::Ban> bans;
  auto rows = around_.store.bans(around_.clock.wall());
  for (storage::BanRow& row : rows ? *rows : std::vector<storage::BanRow>{}) bans.push_back(ban_of(std::move(row)));
  return bans;
}

Result<Management::Changed> Management::change(const std::string& who, const Decide& decide) {
  constexpr int kAttempts = 8;
  const std::lock_guard lock(mutex_);
  for (int attempt = 0;; ++attempt) {
    auto people = around_.store.people();
    if (!people) return tl::unexpected(people.error());
    const auto before = build(*people);
    if (!before) return tl::unexpected(before.error());
    Decision decision = decide(**before);
    if (auto* refusal = std::get_if<admin::Answer>(&decision)) return std::move(*refusal);
    admin::Change& change = std::get<admin::Change>(decision);
    if (change.edits.empty()) return *before;

    const WallTime now = around_.clock.wall();
    const config::Config config = around_.config();
    Rows rows(config, *people, now);
    for (const admin::Edit& edit : change.edits) std::visit(rows, edit);
    const std::vector<storage::Edit> edits = rows.take();
    const std::int64_t seen = people->version;
    for (const storage::Edit& edit : edits) storage::apply(*people, edit);
    auto after = build(*people);
    if (!after) return tl::unexpected(std::move(after.error()));

    const auto written = around_.store.change(
        seen, edits, {{}, now, who, change.action, change.target, std::move(change.before), std::move(change.after)});
    if (!written && written.error().code == ErrorCode::conflict && attempt < kAttempts) continue;
    if (!written) return tl::unexpected(written.error());
    if (!around_.take_over) return std::move(*after);
    if (auto done = around_.take_over(edits); !done) return tl::unexpected(done.error());
    return around_.in_force();
  }
}

Result<std::vector<admin::UsageRow>> Management::usage(const admin::UsageQuestion& question) {
  if (around_.usage) return around_.usage(question);
  return fail(ErrorCode::unavailable, ErrorSource::gateway, "the books are not at hand");
}

std::string Management::configuration() {
  return config::to_yaml(around_.config());
}

std::vector<admin::Setting> Management::settings() {
  const config::Config loaded = around_.config();
  const config::Config started = around_.started_with ? around_.started_with() : loaded;
  const auto people = roster();
  InForce now{started, loaded, *people};
  if (around_.in_flight_limits) now.in_flight_limits = around_.in_flight_limits();
  return settings_in_force(now);
}

Result<void> Management::note(admin::AuditEntry entry) {
  entry.at = around_.clock.wall();
  return around_.store.note(row_of(std::move(entry)));
}

Result<std::vector<admin::AuditEntry>> Management::audit(const std::string& before, std::size_t most) {
  auto rows = around_.store.audit(before, most);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<admin::AuditEntry> entries;
  for (storage::AuditRow& row : *rows)
    entries.push_back({std::move(row.id), row.at, std::move(row.who), std::move(row.action), std::move(row.target),
                       std::move(row.before), std::move(row.after)});
  return entries;
}

}  // namespace ktl::app

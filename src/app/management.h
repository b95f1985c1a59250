#pragma once
// What the admin pages and the command line change, on a store and a configuration (admin/management.h). Several may
// work on one store: a change that meets another one is decided again.
#include <mutex>
#include <span>

#include "admin/management.h"
#include "app/roster_builder.h"
#include "storage/identity_store.h"

namespace ktl::app {

class Management final : public admin::Management {
 public:
  using Usage = std::function<Result<std::vector<admin::UsageRow>>(const admin::UsageQuestion&)>;
  // What it is put into. All of it outlives the Management; the functions are called on the thread of the caller.
  struct Surroundings {
    storage::IdentityStore& store;
    const Clock& clock;
    std::function<config::Config()> config;  // as it is in force
    ScopeNumbers numbers;
    // The people in force; empty: those that the store has now.
    std::function<std::shared_ptr<const gateway::Roster>()> in_force{};
    // Told what was written, to judge by it from now on. Empty: nobody needs to be told.
    std::function<Result<void>(std::span<const storage::Edit>)> take_over{};
    std::function<std::vector<quota::Ban>()> bans{};  // that stand; empty: those of the store
    Usage usage{};                                    // of the books; empty: they are not at hand
    std::function<config::Config()> started_with{};   // empty: `config`; nothing runs
    // How many requests each upstream may have in flight now, by its name. Empty: as configured.
    std::function<std::vector<std::pair<std::string, std::int64_t>>()> in_flight_limits{};
  };
  explicit Management(Surroundings around) : around_(std::move(around)) {}

  std::shared_ptr<const gateway::Roster> roster() override;
  std::vector<quota::Ban> bans() override;
  Result<Changed> change(const std::string& who, const Decide& decide) override;
  Result<void> note(admin::AuditEntry entry) override;
  Result<std::vector<admin::AuditEntry>> audit(const std::string& before, std::size_t most) override;
  Result<std::vector<admin::UsageRow>> usage(const admin::UsageQuestion& question) override;
  Millis day_offset() override { return around_.config().rate_limiting.day_offset; }
  std::string configuration() override;
  std::vector<admin::Setting> settings() override;

 private:
  Result<std::shared_ptr<const gateway::Roster>> build(const storage::People& people) const;
  // The people that the store has now; read anew when its version has changed.
  std::shared_ptr<const gateway::Roster> stored_people();

  const Surroundings around_;
  std::mutex mutex_;  // one change after the other
  std::mutex stored_mutex_;
  std::int64_t stored_version_ = 0;                  // guarded by stored_mutex_, as the next
  std::shared_ptr<const gateway::Roster> stored_{};  // null: not read yet
};

// A ban as the store keeps it, and back.
storage::BanRow row_of(const quota::Ban& ban);
quota::Ban ban_of(storage::BanRow row);

}  // namespace ktl::app

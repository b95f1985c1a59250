#pragma once
// The store of several gateways: one truth in Redis. This gateway's part of it is the journal of what Redis must still
// be told (outbox.h), the loops' connections (redis_limits.h), and a keeper in the background that
//   says every `heartbeat` that this gateway lives, and hears how many do and whether settings changed;
//   tells endings again that were not acknowledged, and undoes reservations whose answer was lost;
//   ends the charges of gateways that were not heard of for `alive_for`, and adds the ledger's entries up.
//
// The store is lost when a heartbeat fails, and found again with the next that succeeds. A group of tenants is stuck
// while its ledger cannot be added up (a value there is not ours, its node is away): its charges are booked as before,
// its totals stand still.
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "ledger/journal.h"
#include "net/latch.h"
#include "quota/engine.h"
#include "storage/journal/worker.h"
#include "storage/redis/outbox.h"
#include "storage/redis/redis_identity.h"
#include "storage/redis/redis_limits.h"
#include "storage/redis/redis_usage_book.h"
#include "storage/redis/session.h"

namespace ktl::storage::redis {

struct RedisStoreOptions {
  Url url;
  ClientOptions client;
  std::string prefix = "ktl";          // of all keys
  std::string outbox = "data/outbox";  // a folder of this gateway alone
  std::uint32_t segment_records = 65536;
  std::uint32_t max_segments = 32;
  quota::EngineOptions day;
  Millis group_commit{10};  // of the outbox, as in SqliteOptions
  Millis heartbeat{500};
  Millis alive_for{5'000};
  Millis sweep{1'000};                // adding up, and looking after the dead
  std::optional<LeasePolicy> leases;  // nothing: every request is asked for
  Millis retry{1'000};                // an ending that was not acknowledged
  Millis ledger_kept{Millis(std::chrono::hours(24 * 400))};
  Millis days_kept{0};      // totals of a day; 0 = for ever
  Millis patience{10'000};  // for the first connection
  const Clock* clock = nullptr;
  FileSystem* files = nullptr;
};

class RedisStore final : public ledger::Journal, private SharedState {
 public:
  // Waits for the server, gives it our functions, reads what an earlier run left behind, and says that it lives.
  // Errors: as of Session::open and Outbox::open.
  static Result<std::unique_ptr<RedisStore>> open(RedisStoreOptions options);
  ~RedisStore() override;  // after its loops' RedisLimits

  // For one event loop; may block on names (at start). Lives shorter than the store and the loop.
  Result<std::unique_ptr<quota::SharedLimits>> limits_for(net::EventLoop& loop);

  // ledger::Journal
  Result<ledger::Sequence> append(const ledger::Entry& entry) override;
  ChargeId next_charge() override;
  bool synced(ledger::Sequence sequence) const override;
  void when_synced(ledger::Sequence sequence, std::function<void(bool)> done) override;
  Health health() const override;

  RedisIdentity& identity() { return *identity_; }
  RedisUsageBook& usage() { return *usage_; }
  // Written to Redis soon; retried until it is there. Never blocks.
  void write_later(Command command);
  const Functions& functions() const { return functions_; }

  // The limits that hold, for the debt an ending may leave. Set at start and on every reload.
  void set_limits(ScopeId scope, const quota::Limits& limits);
  // Told of every record that any gateway changed (once each version, in order), and when the store is lost or found.
  // On the keeper's thread, which must not wait for the store. Set before start().
  void on_change(std::function<void(const Change&)> changed) { changed_ = std::move(changed); }
  void on_reach(std::function<void(bool reachable, std::string why)> reached) { reached_ = std::move(reached); }
  // Told when the first group of tenants is stuck, and (with an empty `why`) when the last one no longer is. The same
  // thread, the same rules.
  void on_stuck(std::function<void(std::string why)> stuck) { stuck_ = std::move(stuck); }
  void start();  // the keeper
  // Ends the keeper, after it told what could be told; nothing is called back any more. Then the gateway has left.
  void stop();

  // Of the server's clock against ours, at the last heartbeat.
  Millis clock_ahead() const { return Millis(clock_ahead_.load(std::memory_order_relaxed)); }
  Outbox::Size outbox_size() const { return outbox_->size(); }
  std::string recovery_report() const;

 private:
  explicit RedisStore(RedisStoreOptions options);
  Result<void> set_up();

  // SharedState
  const Clock& clock() const override { return clock_; }
  bool reachable() const override { return reachable_.load(std::memory_order_acquire); }
  std::int64_t gateways() const override { return gateways_.load(std::memory_order_relaxed); }
  std::int64_t lessees() const override { return gateways() * loops_.load(std::memory_order_relaxed); }
  Outbox& outbox() override { return *outbox_; }
  LimitsOf limits() const override;
  Millis ledger_kept() const override { return options_.ledger_kept; }
  Millis days_kept() const override { return options_.days_kept; }
  void undo_later(std::vector<ChargePlace> places) override;

  // The keeper, on the session's loop.
  net::Task<void> keep();
  net::Task<void> beat();
  net::Task<void> read_changes_since(std::int64_t version);
  net::Task<bool> retell(MonoTime now);  // true: there may be more
  net::Task<void> retell_one(const OutboxCharge& charge, const LimitsOf& limits, bool& all_understood,
                             net::Latch& told);
  net::Task<void> write_waiting();
  net::Task<void> sweep();
  net::Task<bool> ask_who_lives();
  net::Task<void> expire_dead(std::string tag);
  net::Task<Result<void>> add_up(std::string tag);
  void set_stuck(std::uint64_t groups, std::string why);
  Result<void> beat_once();  // at start, blocking
  void take_pulse(const Pulse& pulse);
  void set_reachable(bool reachable, std::string why);
  Millis sync_step();

  const RedisStoreOptions options_;
  SystemClock system_clock_;
  const Clock& clock_;
  const Functions functions_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<RedisIdentity> identity_;
  std::unique_ptr<RedisUsageBook> usage_;
  std::unique_ptr<Outbox> outbox_;
  std::string gateway_;
  std::atomic<std::uint64_t> next_charge_{1};
  std::atomic<bool> reachable_{true};
  std::atomic<std::int64_t> gateways_{1};
  std::atomic<std::int64_t> loops_{0};
  std::atomic<std::int64_t> clock_ahead_{0};
  std::int64_t version_ = 0;  // of the settings; of the keeper's thread
  std::function<void(const Change&)> changed_;
  std::function<void(bool, std::string)> reached_;
  std::function<void(std::string)> stuck_;
  std::vector<std::string> alive_;                           // gateways, when it was last asked; of the keeper's thread
  std::array<bool, Keyspace::kTenantTags> failed_before_{};  // to add up, in the turn before; of the keeper's thread
  bool ending_ = false;                                      // of the keeper's thread
  std::promise<void> kept_;                                  // fulfilled when the keeper has ended
  bool keeping_ = false;                                     // of the owner's thread

  mutable std::mutex mutex_;
  std::unordered_map<ScopeId, quota::Limits> limits_;  // guarded, as all below
  std::vector<Command> waiting_;                       // undoing, and what was to be written later
  std::string problem_;
  std::uint64_t stuck_groups_ = 0;
  std::string stuck_why_;  // of the first of them

  std::unique_ptr<Worker> sync_worker_;
};

}  // namespace ktl::storage::redis

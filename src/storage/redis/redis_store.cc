#include "storage/redis/redis_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace ktl::storage::redis {
namespace {

constexpr Millis kTick{50};
constexpr Millis kSyncTick{10};
constexpr Millis kFirstBackOff{50};
constexpr std::size_t kRetoldAtOnce = 512;
constexpr int kExpiredAtOnce = 200;
constexpr int kAddedUpAtOnce = 500;
constexpr int kChangesAtOnce = 500;

bool went_well(const Result<Value>& reply) {
  return reply && !reply->is_error();
}

std::string words_of(const Result<Value>& reply) {
  return reply ? reply->text : reply.error().message;
}

}  // namespace

RedisStore::RedisStore(RedisStoreOptions options)
    : options_(std::move(options)),
      clock_(options_.clock != nullptr ? *options_.clock : static_cast<const Clock&>(system_clock_)),
      functions_(Keyspace(options_.prefix), options_.day) {}

Result<std::unique_ptr<RedisStore>> RedisStore::open(RedisStoreOptions options) {
  std::unique_ptr<RedisStore> store(new RedisStore(std::move(options)));
  if (auto ready = store->set_up(); !ready) return tl::unexpected(ready.error());
  return store;
}

Result<void> RedisStore::set_up() {
  auto outbox = Outbox::open({.directory = options_.outbox,
                              .segment_records = options_.segment_records,
                              .max_segments = options_.max_segments,
                              .files = options_.files});
  if (!outbox) return tl::unexpected(outbox.error());
  outbox_ = std::move(*outbox);
  gateway_ = Outbox::gateway_name(outbox_->run());
  auto session = Session::open({options_.url, options_.client, options_.patience});
  if (!session) return tl::unexpected(session.error());
  session_ = std::move(*session);
  identity_ = std::make_unique<RedisIdentity>(*session_, functions_);
  usage_ = std::make_unique<RedisUsageBook>(*session_, functions_);
  if (auto beaten = beat_once(); !beaten) return beaten;
  sync_worker_ = std::make_unique<Worker>("journal", [this] { return sync_step(); });
  return {};
}

// Before the first reservation the server knows that we live. Settings are read by the caller from here on.
Result<void> RedisStore::beat_once() {
  const auto reply = session_->call(functions_.heartbeat(gateway_, options_.alive_for));
  if (!reply) return tl::unexpected(reply.error());
  const auto pulse = read_heartbeat(*reply);
  if (!pulse) return tl::unexpected(pulse.error());
  version_ = pulse->version;
  take_pulse(*pulse);
  return {};
}

void RedisStore::start() {
  keeping_ = true;
  session_->loop().post([this] { session_->loop().spawn(keep()); });
}

void RedisStore::stop() {
  if (!keeping_) return;
  keeping_ = false;
  session_->loop().post([this] { ending_ = true; });
  kept_.get_future().wait();
  static_cast<void>(session_->call(functions_.leave(gateway_)));
}

RedisStore::~RedisStore() {
  stop();
  sync_worker_.reset();
  session_.reset();
}

Result<std::unique_ptr<quota::SharedLimits>> RedisStore::limits_for(net::EventLoop& loop) {
  auto client = open_client(loop, options_.url, options_.client, Rng::from_system());
  if (!client) return tl::unexpected(client.error());
  loops_.fetch_add(1, std::memory_order_relaxed);
  return std::make_unique<RedisLimits>(loop, std::move(*client), functions_, options_.url.cluster,
                                       static_cast<SharedState&>(*this), options_.leases);
}

// --- ledger::Journal

Result<ledger::Sequence> RedisStore::append(const ledger::Entry& entry) {
  const Result<std::uint64_t> number = outbox_->append(entry);
  if (!number) return tl::unexpected(number.error());
  return static_cast<ledger::Sequence>(*number);
}

ChargeId RedisStore::next_charge() {
  return static_cast<ChargeId>(next_charge_.fetch_add(1, std::memory_order_relaxed));
}

bool RedisStore::synced(ledger::Sequence sequence) const {
  return outbox_->journal().synced() >= static_cast<std::uint64_t>(sequence);
}

void RedisStore::when_synced(ledger::Sequence sequence, std::function<void(bool)> done) {
  outbox_->journal().when_synced(static_cast<std::uint64_t>(sequence), std::move(done));
  if (options_.group_commit.count() == 0 && sync_worker_ != nullptr && !synced(sequence)) sync_worker_->wake();
}

ledger::Journal::Health RedisStore::health() const {
  Health health;
  const WriteAheadJournal& journal = outbox_->journal();
  health.accepting = journal.accepting();
  health.reason = journal.problem();
  health.lost = !reachable();
  {
    const std::lock_guard lock(mutex_);
    for (const std::string* problem : {&problem_, &stuck_why_})
      if (!problem->empty()) health.reason += (health.reason.empty() ? "" : "; ") + *problem;
    health.stuck_groups = stuck_groups_;
  }
  const Outbox::Size size = outbox_->size();
  health.lag_entries = size.unacknowledged + size.left_behind;
  return health;
}

Millis RedisStore::sync_step() {
  const MonoTime begin = clock_.mono();
  const bool good = outbox_->journal().sync().has_value();
  outbox_->tidy();
  if (!good) return kFirstBackOff;
  if (options_.group_commit.count() == 0) return kSyncTick;
  return std::max(Millis(0), options_.group_commit - std::chrono::duration_cast<Millis>(clock_.mono() - begin));
}

std::string RedisStore::recovery_report() const {
  if (outbox_->found_endings() + outbox_->found_open() == 0) return {};
  return fmt::format("{} endings to be told again, {} open charges to be charged as reserved", outbox_->found_endings(),
                     outbox_->found_open());
}

// --- what loops and pages ask

LimitsOf RedisStore::limits() const {
  return [this](ScopeId scope) {
    const std::lock_guard lock(mutex_);
    const auto found = limits_.find(scope);
    return found == limits_.end() ? quota::Limits{} : found->second;
  };
}

void RedisStore::set_limits(ScopeId scope, const quota::Limits& limits) {
  const std::lock_guard lock(mutex_);
  limits_[scope] = limits;
}

void RedisStore::undo_later(std::vector<ChargePlace> places) {
  const std::lock_guard lock(mutex_);
  for (const ChargePlace& place : places) waiting_.push_back(functions_.undo(place));
}

void RedisStore::write_later(Command command) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(command));
}

// --- the keeper

net::Task<void> RedisStore::keep() {
  net::EventLoop& loop = session_->loop();
  // A server that comes back, or a replica that has taken over, may have lost what it acknowledged last.
  session_->client().on_state([this](bool connected) {
    if (connected) outbox_->doubt_recent(session_->loop().now());
  });
  MonoTime next_beat = loop.now();
  MonoTime next_sweep = loop.now() + options_.sweep;
  while (!ending_) {
    if (loop.now() >= next_beat) {
      next_beat = loop.now() + options_.heartbeat;
      co_await beat();
    }
    bool more = false;
    if (reachable()) {
      co_await write_waiting();
      more = co_await retell(loop.now());
      if (loop.now() >= next_sweep) {
        next_sweep = loop.now() + options_.sweep;
        co_await sweep();
      }
    }
    if (!more) co_await loop.sleep(kTick);  // a long backlog must not keep us from beating
  }
  if (reachable()) {
    co_await write_waiting();
    // All of it: what no loop has told yet is due at the second look, and then the same holds for the leases that it was
    // taken from.
    for (int look = 1; look <= 4; ++look)
      for (bool more = true; more;) more = co_await retell(loop.now() + look * options_.retry);
  }
  session_->client().on_state({});
  kept_.set_value();
}

net::Task<void> RedisStore::beat() {
  const Command command = functions_.heartbeat(gateway_, options_.alive_for);
  const Result<Value> reply = co_await call_function(session_->client(), command);
  const Result<Pulse> pulse = reply ? read_heartbeat(*reply) : Result<Pulse>(tl::unexpected(reply.error()));
  if (!pulse) {
    set_reachable(false, words_of(reply));
    co_return;
  }
  take_pulse(*pulse);
  set_reachable(true, {});
  if (pulse->version != version_) co_await read_changes_since(version_);
}

void RedisStore::take_pulse(const Pulse& pulse) {
  gateways_.store(std::max<std::int64_t>(1, pulse.gateways), std::memory_order_relaxed);
  clock_ahead_.store((pulse.now - clock_.wall()).count(), std::memory_order_relaxed);
}

void RedisStore::set_reachable(bool reachable, std::string why) {
  if (reachable_.exchange(reachable, std::memory_order_acq_rel) == reachable) return;
  {
    const std::lock_guard lock(mutex_);
    problem_ = reachable ? std::string() : "Redis is lost: " + why;
  }
  if (reached_) reached_(reachable, std::move(why));
}

net::Task<void> RedisStore::read_changes_since(std::int64_t version) {
  for (bool more = true; more;) {
    const Command command = functions_.changes(version, kChangesAtOnce);
    const Result<Value> reply = co_await call_function(session_->client(), command);
    if (!went_well(reply)) co_return;  // the next heartbeat asks again
    const Result<Changes> changes = read_changes(*reply);
    if (!changes) co_return;
    more = changes->list.size() >= static_cast<std::size_t>(kChangesAtOnce);
    // A server that was emptied begins to count anew: nothing is known of what it has forgotten.
    if (changes->version < version) {
      version_ = changes->version;
      co_return;
    }
    for (const Change& change : changes->list) {
      version = version_ = change.version;
      if (changed_) changed_(change);
    }
    if (!more) version_ = std::max(version_, changes->version);
  }
}

net::Task<void> RedisStore::write_waiting() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(waiting_);
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const Result<Value> reply = co_await call_function(session_->client(), commands[i]);
    if (went_well(reply)) continue;
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), commands.begin() + static_cast<std::ptrdiff_t>(i), commands.end());
    co_return;
  }
}

// Many at once: their calls leave in one write, and a server that waits for its disk waits once for all of them.
net::Task<bool> RedisStore::retell(MonoTime now) {
  const LimitsOf limits_now = limits();
  const auto due = outbox_->due(now, options_.retry, kRetoldAtOnce);
  bool all_understood = true;
  net::Latch told(due.size());
  for (const OutboxCharge& charge : due) session_->loop().spawn(retell_one(charge, limits_now, all_understood, told));
  co_await told;
  co_return all_understood&& due.size() == kRetoldAtOnce;
}

net::Task<void> RedisStore::retell_one(const OutboxCharge& charge, const LimitsOf& limits, bool& all_understood,
                                       net::Latch& told) {
  const bool understood = co_await tell_ending(session_->client(), functions_, charge, options_.url.cluster, limits);
  if (understood)
    outbox_->acknowledged(charge.run, charge.open.charge, session_->loop().now());
  else
    all_understood = false;
  told.count_down();
}

// One turn adds all books up and looks for charges of the dead.
net::Task<void> RedisStore::sweep() {
  const bool known = co_await ask_who_lives();
  std::uint64_t stuck = 0;
  std::string why;
  for (int i = 0; i < Keyspace::kTenantTags && !ending_; ++i) {
    const std::string tag = Keyspace::tenant_tag(i);
    const Result<void> added = co_await add_up(tag);
    // A failure may be the connection's: the next turn comes only after a heartbeat that went well.
    bool& failed_before = failed_before_[static_cast<std::size_t>(i)];
    const bool is_stuck = !added && failed_before;
    failed_before = !added;
    if (is_stuck && ++stuck == 1) why = fmt::format("the ledger of {} is not added up: {}", tag, added.error().message);
    if (known) co_await expire_dead(tag);
  }
  if (!ending_) set_stuck(stuck, std::move(why));
  for (int i = 0; known && i < Keyspace::kSharedTags && !ending_; ++i) co_await expire_dead("x" + std::to_string(i));
}

net::Task<bool> RedisStore::ask_who_lives() {
  const Command who = functions_.alive(options_.alive_for);
  const Result<Value> names = co_await call_function(session_->client(), who);
  if (!went_well(names)) co_return false;
  auto alive = read_names(*names);
  if (!alive) co_return false;
  alive_ = std::move(*alive);
  co_return true;
}

net::Task<Result<void>> RedisStore::add_up(std::string tag) {
  for (bool more = true; more;) {
    const Command command = functions_.roll_up(tag, kAddedUpAtOnce, options_.ledger_kept, options_.days_kept);
    const Result<Value> reply = co_await call_function(session_->client(), command);
    if (!reply) co_return tl::unexpected(reply.error());
    const auto added = read_roll_up(*reply);
    if (!added) co_return tl::unexpected(added.error());
    more = added->lines >= kAddedUpAtOnce;
  }
  co_return Result<void>();
}

void RedisStore::set_stuck(std::uint64_t groups, std::string why) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = (groups > 0) != (stuck_groups_ > 0);
    stuck_groups_ = groups;
    stuck_why_ = why;
  }
  if (changed && stuck_) stuck_(std::move(why));
}

net::Task<void> RedisStore::expire_dead(std::string tag) {
  const Command charges = functions_.open_charges(tag, false, alive_, kExpiredAtOnce);
  const Result<Value> reply = co_await call_function(session_->client(), charges);
  if (!went_well(reply)) co_return;
  const auto open = read_open_charges(*reply);
  if (!open || open->empty()) co_return;
  // Their gateway may have begun since we asked who lives.
  const bool known = co_await ask_who_lives();
  if (!known) co_return;
  for (const OpenCharge& charge : *open) {
    if (std::find(alive_.begin(), alive_.end(), charge.gateway) != alive_.end()) continue;
    ChargePlace place{tag, charge.charge, {}};
    for (const ScopeName& scope : charge.noted) {
      const bool elsewhere = options_.url.cluster && charge.booked && Keyspace::is_shared(scope.kind);
      if (!elsewhere) place.scopes.push_back({scope.kind, scope.id, {}});
    }
    const Command expire = functions_.expire(place);
    const Result<Value> expired = co_await call_function(session_->client(), expire);
    if (!went_well(expired)) co_return;
  }
}

}  // namespace ktl::storage::redis

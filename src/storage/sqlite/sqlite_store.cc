#include "storage/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/rng.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {
namespace {

constexpr Millis kSyncTick{10};  // with group_commit 0: for entries that nobody waits for
constexpr Millis kDrainTick{50};
constexpr Millis kFirstBackOff{50};
constexpr Millis kLongestBackOff{1000};

// A charge id is the generation (how often the store was opened) and a count within it: never used twice, without
// having to write down each.
constexpr int kCountBits = 40;

}  // namespace

SqliteStore::SqliteStore(SqliteOptions options, FileLock lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      clock_(options_.clock != nullptr ? *options_.clock : static_cast<const Clock&>(system_clock_)),
      files_(options_.files != nullptr ? *options_.files : static_cast<FileSystem&>(real_files_)),
      retention_(options_.retention, options_.day_offset),
      retention_schedule_(clock_.wall(), clock_.mono()) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteOptions options) {
  RealFileSystem machine;
  if (auto made = make_directories(options.path + ".journal", options.files != nullptr ? *options.files : machine);
      !made) {
    return tl::unexpected(std::move(made.error()));
  }
  auto lock = FileLock::take(options.path + ".lock");
  if (!lock) return tl::unexpected(std::move(lock.error()));
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(options), std::move(*lock)));
  if (auto ready = store->set_up(); !ready) return tl::unexpected(std::move(ready.error()));
  return store;
}

Result<void> SqliteStore::set_up() {
  auto database = Database::open(options_.path, Access::read_write, Millis(5000));
  if (!database) return tl::unexpected(std::move(database.error()));
  if (auto migrated = migrate(*database); !migrated) return migrated;
  auto bookkeeper = Bookkeeper::create(std::move(*database), options_.day_offset);
  if (!bookkeeper) return tl::unexpected(std::move(bookkeeper.error()));
  bookkeeper_ = std::move(*bookkeeper);

  const auto journal_id = begin_generation();
  if (!journal_id) return tl::unexpected(journal_id.error());
  if (auto started = start_journal(*journal_id); !started) return started;
  bookkeeper_->database().set_busy(options_.busy);

  auto file = SqliteFile::open(options_.path, Access::read_write);
  if (!file) return tl::unexpected(std::move(file.error()));
  file_ = std::move(*file);
  file = SqliteFile::open(options_.path, Access::read_write, options_.busy);
  if (!file) return tl::unexpected(std::move(file.error()));
  keeper_file_ = std::move(*file);
  if (options_.start_keeper) {
    sync_worker_ = std::make_unique<Worker>("journal", [this] { return sync_step(); });
    drain_worker_ = std::make_unique<Worker>("books", [this] { return drain_step(); });
  }
  return {};
}

Result<std::uint64_t> SqliteStore::begin_generation() {
  Database& database = bookkeeper_->database();
  const auto fresh_id = static_cast<std::int64_t>(Rng::from_system().next());
  auto begun =
      database.execute(fmt::format("BEGIN IMMEDIATE; INSERT OR IGNORE INTO meta VALUES('journal_id', {});"
                                   "UPDATE meta SET value=value+1 WHERE key='generation'; COMMIT;",
                                   fresh_id));
  if (!begun) {
    database.roll_back();
    return tl::unexpected(std::move(begun.error()));
  }
  const auto generation = database.query_integer("SELECT value FROM meta WHERE key='generation'");
  if (!generation) return tl::unexpected(generation.error());
  next_charge_ = (static_cast<std::uint64_t>(*generation) << kCountBits) + 1;
  const auto journal_id = database.query_integer("SELECT value FROM meta WHERE key='journal_id'");
  if (!journal_id) return tl::unexpected(journal_id.error());
  return static_cast<std::uint64_t>(*journal_id);
}

Result<void> SqliteStore::start_journal(std::uint64_t journal_id) {
  const std::string directory = options_.path + ".journal";
  auto report = recover(directory, journal_id, *bookkeeper_, clock_.wall());
  if (!report) return tl::unexpected(std::move(report.error()));
  recovery_ = *report;
  auto journal = WriteAheadJournal::create(
      {directory, journal_id, recovery_.first_segment, options_.segment_records, options_.max_segments}, files_);
  if (!journal) return tl::unexpected(std::move(journal.error()));
  journal_ = std::move(*journal);
  return {};
}

SqliteStore::~SqliteStore() {
  drain_worker_.reset();
  sync_worker_.reset();
  if (journal_ == nullptr || keeper_file_ == nullptr) return;
  static_cast<void>(journal_->sync());
  static_cast<void>(drain_now());
  journal_->abandon_waiters();
}

Result<ledger::Sequence> SqliteStore::append(const ledger::Entry& entry) {
  Result<std::uint64_t> number = journal_->append(entry);
  if (!number) return tl::unexpected(std::move(number.error()));
  return static_cast<ledger::Sequence>(*number);
}

ChargeId SqliteStore::next_charge() {
  return static_cast<ChargeId>(next_charge_.fetch_add(1, std::memory_order_relaxed));
}

bool SqliteStore::synced(ledger::Sequence sequence) const {
  return journal_->synced() >= static_cast<std::uint64_t>(sequence);
}

void SqliteStore::when_synced(ledger::Sequence sequence, std::function<void(bool)> done) {
  journal_->when_synced(static_cast<std::uint64_t>(sequence), std::move(done));
  if (options_.group_commit.count() == 0 && sync_worker_ != nullptr && !synced(sequence)) sync_worker_->wake();
}

ledger::Journal::Health SqliteStore::health() const {
  Health health;
  health.accepting = journal_->accepting();
  health.reason = journal_->problem();
  {
    const std::lock_guard lock(problem_mutex_);
    for (const std::string* problem : {&drain_problem_, &later_problem_}) {
      if (!problem->empty()) health.reason += (health.reason.empty() ? "" : "; ") + *problem;
    }
  }
  if (!health.accepting && health.reason.empty()) health.reason = "the journal has no room just now";
  const std::uint64_t drained = journal_->drained();
  health.lag_entries = journal_->claimed() - drained;
  if (const auto oldest = journal_->oldest_pending()) {
    health.lag_milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (clock_.wall() - *oldest).count()));
  }
  return health;
}

Result<std::uint64_t> SqliteStore::drain_batch() {
  const std::lock_guard lock(drain_mutex_);
  journal_->read_batch(options_.drain_batch, batch_);
  Result<void> booked;
  if (!batch_.entries.empty()) booked = bookkeeper_->book(batch_.entries, batch_.begin, batch_.next, clock_.wall());
  {
    const std::lock_guard problem_lock(problem_mutex_);
    drain_problem_ = booked ? std::string() : booked.error().message;
  }
  if (!booked) return tl::unexpected(std::move(booked.error()));
  if (!batch_.entries.empty()) journal_->mark_drained(batch_.end);
  return batch_.entries.size();
}

Result<void> SqliteStore::drain_now() {
  for (const std::uint64_t goal = journal_->published(); journal_->drained() < goal;) {
    const auto moved = drain_batch();
    if (!moved) return tl::unexpected(moved.error());
  }
  return flush_later();
}

Result<void> SqliteStore::flush_later() {
  const std::lock_guard lock(drain_mutex_);
  auto flushed = later_.flush(*keeper_file_);
  const std::lock_guard problem_lock(problem_mutex_);
  later_problem_ = flushed ? std::string() : flushed.error().message;
  return flushed;
}

Result<bool> SqliteStore::retain_piece() {
  const std::lock_guard lock(drain_mutex_);
  return retention_.step(bookkeeper_->database(), clock_.wall());
}

Result<void> SqliteStore::retain_now() {
  for (;;) {
    const auto more = retain_piece();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
  }
}

// A failure (a locked file, a full disk) is tried again at the next look: nothing depends on it.
void SqliteStore::retain_step() {
  if (!retention_schedule_.due(clock_.wall(), clock_.mono())) return;
  const bool more = retain_piece().value_or(false);
  retention_schedule_.looked(more, clock_.mono());
}

Result<void> SqliteStore::extend_now() {
  if (!journal_->wants_room()) return {};
  return journal_->extend();
}

Millis SqliteStore::sync_step() {
  const MonoTime begin = clock_.mono();
  if (!journal_->sync()) return kFirstBackOff;
  if (options_.group_commit.count() == 0) return kSyncTick;
  const auto taken = std::chrono::duration_cast<Millis>(clock_.mono() - begin);
  return std::max(Millis(0), options_.group_commit - taken);
}

Millis SqliteStore::drain_step() {
  const MonoTime now = clock_.mono();
  if (now >= next_extend_ && !extend_now()) next_extend_ = now + kFirstBackOff;
  const bool backing_off = drain_back_off_.count() > 0;
  const bool full_batch = journal_->published() >= journal_->drained() + options_.drain_batch && !backing_off;
  if (!full_batch && now < next_drain_) return std::min(kDrainTick, options_.drain_interval);
  if (drain_batch() && flush_later()) {
    drain_back_off_ = Millis(0);
    next_drain_ = now + options_.drain_interval;
    if (!full_batch) retain_step();
    return full_batch ? Millis(0) : std::min(kDrainTick, options_.drain_interval);
  }
  drain_back_off_ = std::clamp(drain_back_off_ * 2, kFirstBackOff, kLongestBackOff);
  next_drain_ = now + drain_back_off_;
  return kDrainTick;
}

}  // namespace ktl::storage

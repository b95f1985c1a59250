#pragma once
// The gateway's store: a write-ahead journal in front of a SQLite file. Implements the ports of ledger.
//
// Charges go into the journal (journal.h) and from there, in the background, into the ledger (bookkeeper.h). Two keeper
// threads do that: one syncs the journal every group_commit, the other adds segments ahead of need and moves entries
// into SQLite; so a slow SQLite commit never delays a group commit. Without the keeper (tests) the owner calls the
// *_now functions.
//
// SQLite locked, full or read-only: the journal holds, everything is tried again, health() tells; when the journal is
// full opens are refused. The destructor moves what it can into SQLite; the rest is done by the next open.
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "storage/journal/file_lock.h"
#include "storage/journal/file_system.h"
#include "storage/journal/journal.h"
#include "storage/journal/worker.h"
#include "storage/sqlite/bookkeeper.h"
#include "storage/sqlite/later_writes.h"
#include "storage/sqlite/recovery.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/retention_schedule.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {

struct SqliteOptions {
  std::string path = "data/usage.db";        // beside it: <path>.journal/ and <path>.lock
  Millis group_commit{10};                   // 0: as soon as somebody waits with when_synced
  std::uint32_t segment_records = 65536;     // 8 MiB; a power of two, at least 4
  std::uint32_t max_segments = 32;           // not yet in SQLite; then opens are refused
  Millis drain_interval{200};                // or as soon as drain_batch entries wait
  std::size_t drain_batch = 4096;            // entries in one transaction
  Millis busy{100};                          // wait for a lock of the command line before trying again later
  Millis day_offset{std::chrono::hours(9)};  // of the day of usage_by_day from UTC
  RetentionPolicy retention;                 // of old books; the keeper looks every hour
  bool start_keeper = true;
  const Clock* clock = nullptr;  // nullptr: the machine's
  FileSystem* files = nullptr;   // nullptr: the machine's
};

class SqliteStore final : public ledger::Journal, public ledger::Books {
 public:
  // Creates or migrates the file, recovers (recovery.h), takes the lock (conflict: a second gateway).
  static Result<std::unique_ptr<SqliteStore>> open(SqliteOptions options);
  ~SqliteStore() override;

  // ledger::Journal
  Result<ledger::Sequence> append(const ledger::Entry& entry) override;
  ChargeId next_charge() override;
  bool synced(ledger::Sequence sequence) const override;
  void when_synced(ledger::Sequence sequence, std::function<void(bool)> done) override;
  Health health() const override;

  // ledger::Books. What is still in the journal is not seen before it is drained.
  Result<std::vector<ledger::Totals>> totals() override { return file_->totals(); }
  Result<std::vector<ledger::UsageSlice>> usage_since(WallTime since, WallTime now) override {
    return file_->usage_since(since, now);
  }

  // Scopes, users, keys, bans.
  SqliteFile& file() { return *file_; }
  Result<ScopeId> scope(ScopeKind kind, std::string_view name) { return file_->scope(kind, name); }

  // Writes to the file soon, on a keeper thread; never blocks. Retried while the file is locked. A kill within that
  // time (about 50 ms) forgets it. For bans.
  void write_later(LaterWrites::Write write) { later_.post(std::move(write)); }

  // What the start found: for the log.
  const RecoveryReport& recovery() const { return recovery_; }

  // The keeper's work, by hand. Any thread.
  Result<void> sync_now() { return journal_->sync(); }
  Result<void> drain_now();   // all that is published when it begins, and what was to be written later
  Result<void> retain_now();  // all that the retention policy asks for
  Result<void> extend_now();  // adds a segment if less than half a segment is free

 private:
  SqliteStore(SqliteOptions options, FileLock lock);
  Result<void> set_up();
  Result<void> start_journal(std::uint64_t journal_id);
  Result<std::uint64_t> begin_generation();  // the id of the journal; sets next_charge_
  Result<std::uint64_t> drain_batch();       // entries moved
  Result<void> flush_later();
  Result<bool> retain_piece();  // true: there may be more
  void retain_step();
  Millis sync_step();
  Millis drain_step();

  const SqliteOptions options_;
  FileLock lock_;
  SystemClock system_clock_;
  RealFileSystem real_files_;
  const Clock& clock_;
  FileSystem& files_;
  RecoveryReport recovery_;
  std::atomic<std::uint64_t> next_charge_{0};
  std::unique_ptr<SqliteFile> file_;
  std::unique_ptr<SqliteFile> keeper_file_;  // for later_: does not wait long for locks
  std::unique_ptr<WriteAheadJournal> journal_;

  std::mutex drain_mutex_;  // bookkeeper_, batch_, retention_ and the flushing of later_
  std::unique_ptr<Bookkeeper> bookkeeper_;
  WriteAheadJournal::Batch batch_;
  Retention retention_;

  LaterWrites later_;

  mutable std::mutex problem_mutex_;
  std::string drain_problem_;
  std::string later_problem_;

  // Of the draining thread.
  MonoTime next_drain_{};
  MonoTime next_extend_{};
  Millis drain_back_off_{0};
  RetentionSchedule retention_schedule_;

  std::unique_ptr<Worker> sync_worker_;
  std::unique_ptr<Worker> drain_worker_;
};

}  // namespace ktl::storage

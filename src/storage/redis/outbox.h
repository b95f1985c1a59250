#pragma once
// What this gateway must still tell Redis: its open charges and the endings that Redis has not acknowledged, in a
// write-ahead journal (storage/journal) that survives the death of the process, and in memory.
//
// A charge is in the outbox from append(open), or admitted(), until acknowledged(). The journal's head moves on over
// what was acknowledged; a charge that stays open for long is written again at its end, so that it holds up nothing.
// What an earlier run left behind is read by open() and kept, with its files, until all of it is acknowledged: after a
// kill in between it is simply read again. Its charges that have no ending get one: `expire`, owed as reserved.
//
// A lease (lease.h) is a charge too; what is taken from it names it. Its end is told after all of theirs.
//
// Every run has an id of its own, and a charge is named by both ("<run>-<charge>" in hexadecimal digits).
// Thread-safe. append(), find() and acknowledged() take one short lock and never wait for the disk.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "storage/journal/file_lock.h"
#include "storage/journal/file_system.h"
#include "storage/journal/journal.h"

namespace ktl::storage::redis {

// Which of a charge's scopes were asked in steps of their own (bit i: entry.scopes[i]); only in a cluster.
using ScopeMask = std::uint32_t;
inline constexpr ScopeMask kAllScopes = ~ScopeMask{0};

struct OutboxCharge {
  std::uint64_t run = 0;
  ledger::Entry open;
  ScopeMask shared_steps = 0;
  std::optional<ledger::Entry> ending;

  std::string name() const;  // as Redis knows it
  std::string lease_name() const;
  bool is_lease() const { return open.lease == open.charge; }
  bool is_leased() const { return open.lease != ChargeId::none && !is_lease(); }
  std::string gateway() const;  // that admitted it
};

class Outbox {
 public:
  struct Options {
    std::string directory;                  // created if missing
    std::uint32_t segment_records = 65536;  // 8 MiB
    std::uint32_t max_segments = 32;        // then opens are refused
    FileSystem* files = nullptr;            // nullptr: the machine's
  };
  // Errors: conflict (another gateway works in that directory), io.
  static Result<std::unique_ptr<Outbox>> open(Options options);
  ~Outbox();  // leaves no file behind if there is nothing left to tell

  std::uint64_t run() const { return run_; }
  static std::string gateway_name(std::uint64_t run);

  // In a cluster, before append(open): the steps that were taken.
  void admitted(ChargeId charge, ScopeMask shared_steps);
  void abandoned(ChargeId charge);
  // As ledger::Journal::append. An ending is remembered even if the disk fails.
  Result<std::uint64_t> append(const ledger::Entry& entry);

  // This run's charge if it has ended and is not acknowledged.
  std::optional<OutboxCharge> find(ChargeId charge) const;
  // Ended charges whose last attempt is `again` ago; counts this as an attempt at `now`.
  std::vector<OutboxCharge> due(MonoTime now, Millis again, std::size_t most);
  void acknowledged(std::uint64_t run, ChargeId charge, MonoTime now);
  void acknowledged(std::span<const OutboxCharge> charges, MonoTime now);
  // What was acknowledged within the last seconds is due once more: the server may have lost it since.
  void doubt_recent(MonoTime now);

  struct Size {
    std::size_t open = 0;
    std::size_t unacknowledged = 0;
    std::size_t left_behind = 0;  // by earlier runs, of both
  };
  Size size() const;
  // What open() found, for the log.
  std::size_t found_endings() const { return found_endings_; }
  std::size_t found_open() const { return found_open_; }

  WriteAheadJournal& journal() { return *journal_; }
  // The keeper's work, by hand: moves the journal's head, makes room. May block on the disk.
  void tidy();

 private:
  struct Pending {
    OutboxCharge charge;
    MonoTime next_try{};
    std::size_t waits_for = 0;  // a lease: what was taken from it and is not acknowledged
  };
  Pending* find_lease(std::uint64_t run, const ledger::Entry& open);   // mutex_ held
  void acknowledge(std::uint64_t run, ChargeId charge, MonoTime now);  // mutex_ held
  Outbox(Options options, FileLock lock);
  Result<void> read_old();
  Result<void> start();
  void remove_old_files();

  const Options options_;
  RealFileSystem machine_;
  FileSystem& files_;
  FileLock lock_;
  std::uint64_t run_ = 0;
  std::uint32_t first_segment_ = 1;
  std::unique_ptr<WriteAheadJournal> journal_;
  WriteAheadJournal::Batch batch_;
  std::size_t found_endings_ = 0;
  std::size_t found_open_ = 0;

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Pending> mine_;  // by charge id
  std::map<std::pair<std::uint64_t, std::uint64_t>, Pending> old_;
  std::vector<std::uint32_t> old_segments_;
  std::deque<std::pair<MonoTime, OutboxCharge>> recent_;  // of this run, acknowledged, oldest first
  std::size_t unacknowledged_ = 0;
};

}  // namespace ktl::storage::redis

#pragma once
// The write-ahead journal: ledger entries in order, in memory-mapped segment files, before they reach SQLite.
//
// append(): take room, claim the next slot (an atomic add), fill it, publish it. No system call, no lock, any thread.
// What is published is in the page cache and survives the death of the process; sync() makes it survive a power loss.
//
// Room. Slots are counted: each is used, promised to the ending of an open charge, or free. An `open` is accepted only
// if it can take two free ones, its own and its ending's, so an ending always finds its slot. extend() adds a segment;
// when it cannot (disk full, too many segments not yet drained), opens are refused as soon as nothing is free, and
// accepted again after the next extend() that works.
//
// All but append() and the getters is the keeper's work: callable from any thread, may block on the disk.
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "storage/journal/segment.h"

namespace ktl::storage {

// Where the next record to be booked lies.
struct Position {
  std::uint32_t segment = 0;
  std::uint32_t slot = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

class WriteAheadJournal {
 public:
  struct Options {
    std::string directory;                  // exists
    std::uint64_t journal_id = 0;           // of the database it belongs to
    std::uint32_t first_segment = 1;        // number of the first segment this run creates
    std::uint32_t segment_records = 65536;  // rounded up to a power of two, at least 4
    std::uint32_t max_segments = 32;        // at least 2
  };
  // Creates the first segment.
  static Result<std::unique_ptr<WriteAheadJournal>> create(const Options& options, FileSystem& files);
  ~WriteAheadJournal();

  // Counting entries from 1: the number of the entry written. An entry's number never changes its meaning in this run.
  Result<std::uint64_t> append(const ledger::Entry& entry);

  // Writes once more what was written before, so that it need not be kept where it was. Takes a free slot; promises
  // none.
  Result<std::uint64_t> repeat(const ledger::Entry& entry);

  std::uint64_t claimed() const { return next_.load(std::memory_order_acquire); }
  std::uint64_t synced() const { return synced_.load(std::memory_order_acquire); }
  std::uint64_t drained() const { return drained_.load(std::memory_order_acquire); }
  bool accepting() const;

  // `done(true)` once synced() >= number, `done(false)` if a sync failed before that. Possibly within this call.
  void when_synced(std::uint64_t number, std::function<void(bool)> done);

  // Entries before this number are published without a gap. Moves on by itself.
  std::uint64_t published();
  // Makes all that is published survive a power loss and tells those who wait for it. After a failure no `open` is
  // accepted until a later sync works and what the failed one covered is in SQLite.
  Result<void> sync();
  // Tells everybody who still waits that it will not happen (the store closes).
  void abandon_waiters();

  bool wants_room() const;
  Result<void> extend();

  // The published entries from `drained()` on, at most `most`, with where they begin and what comes next.
  struct Batch {
    std::vector<ledger::Entry> entries;
    Position begin;
    Position next;
    std::uint64_t end = 0;  // drained() after mark_drained
  };
  void read_batch(std::size_t most, Batch& batch);
  // Everything before `end` is durable in SQLite: segments that are done with are removed.
  void mark_drained(std::uint64_t end);

  // When the oldest entry that is not drained was written down, by its own time.
  std::optional<WallTime> oldest_pending();
  // Why opens are or may soon be refused; empty if all is well.
  std::string problem() const;

 private:
  WriteAheadJournal(const Options& options, FileSystem& files);
  std::uint64_t write_next(const ledger::Entry& entry);       // a slot was taken for it
  std::shared_ptr<Segment> segment_of(std::uint64_t number);  // segments_mutex_ held
  std::uint32_t index_of(std::uint64_t number) const { return static_cast<std::uint32_t>(number & (records_ - 1)); }
  std::vector<std::shared_ptr<Segment>> live_segments(std::uint64_t from, std::uint64_t to);
  Position position_of(std::uint64_t number) const;
  void raise_synced(std::uint64_t to);
  void tell_waiters(std::uint64_t upto, bool good);
  tl::unexpected<Error> refusal() const;

  const Options options_;
  FileSystem& files_;
  const std::uint64_t records_;  // per segment, a power of two
  const int shift_;              // log2(records_)

  // Written by append(), each on its own cache line. free_ + promised_ + next_ = slots that exist.
  alignas(64) std::atomic<std::uint64_t> next_{0};
  alignas(64) std::atomic<std::int64_t> free_{0};
  alignas(64) std::atomic<std::int64_t> promised_{0};
  alignas(64) std::atomic<bool> sync_works_{true};
  // By segment index within this run, modulo size. A segment is taken away only when all its slots are published and
  // drained, so a writer's segment cannot go under its hands.
  std::vector<std::atomic<Segment*>> ring_;

  std::atomic<std::uint64_t> synced_{0};
  std::atomic<std::uint64_t> drained_{0};

  std::mutex segments_mutex_;
  std::deque<std::shared_ptr<Segment>> segments_;  // oldest first
  std::uint64_t first_index_ = 0;                  // index of segments_.front()
  std::uint64_t published_ = 0;

  std::mutex extend_mutex_;
  std::mutex sync_mutex_;
  std::uint64_t failed_upto_ = 0;  // sync_mutex_

  struct Waiter {
    std::uint64_t number;
    std::function<void(bool)> done;
  };
  std::mutex waiters_mutex_;
  std::vector<Waiter> waiters_;

  mutable std::mutex problem_mutex_;
  std::string room_problem_;
  std::string sync_problem_;
};

}  // namespace ktl::storage

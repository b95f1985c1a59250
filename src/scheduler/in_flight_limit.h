#pragma once
// How many requests one upstream may have in flight, and who waits when it is full.
// Pure and not thread-safe; the owner serialises. A ticket is in one of three states: running, waiting, gone.
//
// The plain form: a fixed limit and a first-come queue with a bound. Later schedulers (fair in tokens, adaptive limit)
// keep this interface.
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace ktl::scheduler {

enum class Ticket : std::uint64_t { none = 0 };

struct InFlightOptions {
  std::int64_t limit = 256;         // running at once; > 0
  std::int64_t queue_limit = 1024;  // waiting at once; 0 = never wait
};

class InFlightLimit {
 public:
  enum class Entry : std::uint8_t { running, waiting, queue_full };

  explicit InFlightLimit(InFlightOptions options);

  // Asks for a place for `ticket`, which is new. On queue_full it is gone at once.
  Entry enter(Ticket ticket);
  // Gives a running ticket's place back, or leaves the queue; nothing happens if the ticket is gone. Returns the
  // tickets that run from now on because of it. Constant time for either.
  std::vector<Ticket> leave(Ticket ticket);
  // Changes the limit (reload, adaptive control); whoever runs goes on running. Returns the tickets that run from now
  // on because of it.
  std::vector<Ticket> set_limit(std::int64_t limit);

  std::int64_t running() const { return running_; }
  std::int64_t waiting() const { return static_cast<std::int64_t>(queue_.size()); }
  std::int64_t limit() const { return options_.limit; }

 private:
  std::vector<Ticket> start_waiting();

  using Queue = std::list<Ticket>;  // first come, first to run

  InFlightOptions options_;
  std::int64_t running_ = 0;
  Queue queue_;
  std::unordered_map<Ticket, Queue::iterator> places_;  // where each waits; queue_.end() while it runs
};

}  // namespace ktl::scheduler

#pragma once
// The way into one engine: holds scheduler::InFlightLimit, shared by all event loops, and lets coroutines wait for their
// turn. A Permit is one place in flight; it is given back when the Permit dies.
#include <coroutine>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "net/event_loop.h"
#include "scheduler/in_flight_limit.h"

namespace ktl::upstream {

class Gate;

class Permit {
 public:
  Permit() = default;
  Permit(Gate& gate, scheduler::Ticket ticket) : gate_(&gate), ticket_(ticket) {}
  Permit(Permit&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), ticket_(other.ticket_) {}
  Permit& operator=(Permit&& other) noexcept {
    give_back();
    gate_ = std::exchange(other.gate_, nullptr);
    ticket_ = other.ticket_;
    return *this;
  }
  ~Permit() { give_back(); }
  explicit operator bool() const { return gate_ != nullptr; }
  void give_back();

 private:
  Gate* gate_ = nullptr;
  scheduler::Ticket ticket_ = scheduler::Ticket::none;
};

class Gate {
 public:
  enum class Outcome : std::uint8_t { entered, queue_full, timeout, canceled };

  // A place if one is free now; an empty Permit if not. Never overtakes those that wait.
  Permit try_enter();

  // One coroutine's wait. It lives in the waiting coroutine; cancel() belongs to the same loop.
  class Wait {
   public:
    Wait(Gate& gate, net::EventLoop& loop, Millis timeout) : gate_(gate), loop_(loop), timeout_(timeout) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    bool await_ready();
    bool await_suspend(std::coroutine_handle<> waiter);
    // entered: a Permit is owed; take it with permit().
    Outcome await_resume() const { return outcome_; }
    Permit permit() { return Permit(gate_, ticket_); }
    // Stops waiting: resumes the coroutine with `canceled`, at once or as soon as it would wait. A place that is
    // already granted stays granted.
    void cancel();

   private:
    friend class Gate;
    void abandon(Outcome outcome);
    void finish(Outcome outcome);

    Gate& gate_;
    net::EventLoop& loop_;
    Millis timeout_;
    scheduler::Ticket ticket_ = scheduler::Ticket::none;
    std::coroutine_handle<> waiter_;
    net::Timer deadline_;
    Outcome outcome_ = Outcome::entered;
  };

  explicit Gate(scheduler::InFlightOptions options) : limit_(options) {}

  std::int64_t running() const;
  std::int64_t waiting() const;
  std::int64_t limit() const;
  void set_limit(std::int64_t limit);

 private:
  friend class Permit;
  void leave(scheduler::Ticket ticket);
  void wake(const std::vector<scheduler::Ticket>& tickets);  // mutex_ held

  mutable std::mutex mutex_;
  scheduler::InFlightLimit limit_;                            // guarded by mutex_
  std::unordered_map<std::uint64_t, Wait*> waits_;            // guarded by mutex_
  std::uint64_t next_ticket_ = 0;                             // guarded by mutex_
};

}  // namespace ktl::upstream

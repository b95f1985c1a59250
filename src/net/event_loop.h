#pragma once
// One thread's event loop: epoll (edge-triggered), timers, work posted from other threads, and the coroutines that live
// on it. Everything here belongs to the thread inside run(), except post() and stop().
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/clock.h"
#include "net/task.h"

namespace ktl::net {

// Something that owns a file descriptor and wants its events.
class Pollable {
 public:
  virtual void on_events(std::uint32_t epoll_events) = 0;

 protected:
  ~Pollable() = default;
};

// Something that has bytes to send at the end of the turn.
class TurnEnd {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnEnd() = default;
};

class EventLoop;

// A timer that its owner embeds. Cheap to move: re-arming to a later instant only stores the instant.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  bool armed() const { return armed_; }

 private:
  friend class EventLoop;
  EventLoop* loop_ = nullptr;
  std::function<void()> callback_;
  MonoTime at_{};
  std::size_t heap_index_ = kNotInHeap;
  MonoTime heap_key_{};
  bool armed_ = false;
  static constexpr std::size_t kNotInHeap = ~std::size_t{0};
};

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until stop(). Coroutines still suspended then are left to their owners.
  void run();
  void stop();                            // any thread; what was posted before it is done before it
  void post(std::function<void()> work);  // any thread; runs on the loop's thread, in order

  // Starts a coroutine that nobody awaits. Its frame is freed when it ends; an exception out of it ends the process.
  void spawn(Task<void> task);
  std::size_t spawned() const { return spawned_; }  // still running
  // The same for one that only serves its owner for as long as that lives (a connection that waits to be used): the
  // loop is idle beside it.
  void spawn_service(Task<void> task);
  std::size_t services() const { return services_; }  // still running, not among spawned()

  MonoTime now() const { return now_; }  // steady, read once per turn of the loop

  // Calls `callback` once at or after `at` (granularity 1 ms). Re-arming replaces the instant and the callback.
  void arm(Timer& timer, MonoTime at, std::function<void()> callback);
  void rearm(Timer& timer, MonoTime at);  // keeps the callback
  void disarm(Timer& timer);

  // Suspends the calling coroutine for that long.
  struct SleepAwaiter;
  SleepAwaiter sleep(Millis duration);

  // Runs `work` at the end of this turn, after all events of the turn: the place to batch.
  void defer(std::function<void()> work);

  // Calls on_turn_end() once, after all events and deferred work of this turn and before the loop waits; earlier when
  // very many want it. forget() takes the wish back. on_turn_end() must not resume coroutines.
  void at_turn_end(TurnEnd& owner);
  void forget(TurnEnd& owner);

  void watch(int fd, std::uint32_t epoll_events, Pollable& owner);
  void unwatch(int fd, Pollable& owner);

  // Scratch space for one receive; content is valid until the next suspension of whoever fills it.
  std::span<char> scratch() { return {scratch_.get(), kScratch}; }
  static constexpr std::size_t kScratch = 64 * 1024;

 private:
  static constexpr std::size_t kSlack = 64;

  void run_posted();
  void run_deferred();
  void end_turn();
  void run_due_timers();
  int milliseconds_to_next_timer() const;
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);
  void place(std::size_t index, Timer* timer);
  void remove_from_heap(Timer& timer);
  void insert_into_heap(Timer& timer);

  friend struct Spawned;
  friend class Timer;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  MonoTime now_;
  std::atomic<bool> stopping_{false};
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by posted_mutex_
  std::atomic<bool> wake_pending_{false};
  std::vector<std::function<void()>> deferred_;
  std::vector<TurnEnd*> ending_;  // nullptr: forgotten
  std::vector<Timer*> heap_;
  std::vector<Pollable*> dead_;  // unwatched during this turn; their events of this turn are dropped
  std::size_t spawned_ = 0;
  std::size_t services_ = 0;
  std::unique_ptr<char[]> scratch_;
};

struct EventLoop::SleepAwaiter {
  EventLoop& loop;
  Millis duration;
  Timer timer;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    loop.arm(timer, loop.now() + duration, [waiter] { waiter.resume(); });
  }
  void await_resume() const noexcept {}
};

inline EventLoop::SleepAwaiter EventLoop::sleep(Millis duration) {
  return SleepAwaiter{*this, duration, {}};
}

}  // namespace ktl::net

#pragma once
// Long computations off the event loops: a few threads that work through them in order, while the loops go on.
//
//   const auto work = [&] { count = counter.count(text); };
//   co_await offload.run(loop, work);   // suspended until it is done; goes on on the same loop
//
// Thread-safe. `work` runs on another thread while the caller is suspended: it may use whatever lives in the caller's
// frame, and must not touch what belongs to the loop. It must not throw. Destroy it after the loops have stopped and
// before they are destroyed; what has not begun by then is dropped.
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "net/event_loop.h"

namespace ktl::net {

class Offload {
 public:
  explicit Offload(std::size_t threads);
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  class Awaiter {
   public:
    Awaiter(Offload& offload, EventLoop& loop, std::function<void()> work)
        : offload_(offload), loop_(loop), work_(std::move(work)) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) { offload_.queue({&loop_, std::move(work_), waiter}); }
    void await_resume() const noexcept {}

   private:
    Offload& offload_;
    EventLoop& loop_;
    std::function<void()> work_;
  };
  Awaiter run(EventLoop& loop, std::function<void()> work) { return {*this, loop, std::move(work)}; }

 private:
  struct Job {
    EventLoop* loop;
    std::function<void()> work;
    std::coroutine_handle<> waiter;
  };
  void queue(Job job);
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;   // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace ktl::net

#pragma once
// Asking several engines at the same time: starts one coroutine for each, and waits until all have ended. On one loop.
#include <coroutine>
#include <cstddef>

#include "net/event_loop.h"
#include "net/task.h"

namespace ktl::admin {

//   Inquiry all(loop);
//   for (…) all.start(ask(…));   // what the coroutine refers to outlives the wait
//   co_await all;
class Inquiry {
 public:
  explicit Inquiry(net::EventLoop& loop) : loop_(loop) {}
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  void start(net::Task<void> question) {
    ++open_;
    loop_.spawn(run(*this, std::move(question)));
  }

  bool await_ready() const noexcept { return open_ == 0; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() const noexcept {}

 private:
  static net::Task<void> run(Inquiry& all, net::Task<void> question) {
    co_await question;
    if (--all.open_ == 0 && all.waiter_) all.waiter_.resume();  // `all` may be gone after that
  }

  net::EventLoop& loop_;
  std::size_t open_ = 0;
  std::coroutine_handle<> waiter_;
};

}  // namespace ktl::admin

#pragma once
// Latch: one coroutine waits until several others, spawned on the same loop, have ended.
//
//   Latch latch(charges.size());
//   for (const auto& charge : charges) loop.spawn(tell(charge, latch));   // its last deed: latch.count_down()
//   co_await latch;
//
// The waiter goes on inside the last count_down(); what that coroutine refers to may be gone afterwards.
#include <coroutine>
#include <cstddef>

#include "base/check.h"

namespace ktl::net {

class Latch {
 public:
  explicit Latch(std::size_t count) : left_(count) {}
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  void count_down() {
    KTL_CHECK(left_ > 0, "a latch is counted down as often as it was told");
    if (--left_ == 0 && waiter_) waiter_.resume();
  }

  bool await_ready() const noexcept { return left_ == 0; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() const noexcept {}

 private:
  std::size_t left_;
  std::coroutine_handle<> waiter_;
};

}  // namespace ktl::net

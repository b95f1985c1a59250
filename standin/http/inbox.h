#pragma once
// Where the engine drops what it says about the choices of one HTTP request, and where the request's coroutine waits.
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/event_loop.h"
#include "standin/engine/engine.h"

namespace ktl::standin {

class Inbox final : public TokenSink, public std::enable_shared_from_this<Inbox> {
 public:
  struct Slot {
    Progress progress;
    std::optional<Outcome> end;
    std::int64_t taken = 0;  // tokens that the reader has used
  };

  Inbox(net::EventLoop& loop, std::size_t slots) : slots_(slots), loop_(loop) {}

  void on_progress(std::size_t slot, const Progress& progress) override {
    slots_[slot].progress = progress;
    wake();
  }
  void on_end(std::size_t slot, const Outcome& outcome) override {
    slots_[slot].end = outcome;
    wake();
  }
  void client_left() {
    client_left_ = true;
    wake();
  }

  std::vector<Slot>& slots() { return slots_; }
  bool left() const { return client_left_; }
  bool all_ended() const {
    for (const Slot& slot : slots_) {
      if (!slot.end) return false;
    }
    return true;
  }

  // co_await inbox.news(): until something changed since the last time. One waiter.
  struct News {
    Inbox& inbox;
    bool await_ready() const noexcept { return inbox.news_; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { inbox.waiter_ = waiter; }
    void await_resume() const noexcept { inbox.news_ = false; }
  };
  News news() { return News{*this}; }

 private:
  // The waiter runs at the end of the loop's turn, never inside the engine.
  void wake() {
    news_ = true;
    if (!waiter_ || waking_) return;
    waking_ = true;
    loop_.defer([self = shared_from_this()] {
      self->waking_ = false;
      if (self->waiter_) std::exchange(self->waiter_, nullptr).resume();
    });
  }

  std::vector<Slot> slots_;
  net::EventLoop& loop_;
  std::coroutine_handle<> waiter_;
  bool news_ = false;
  bool waking_ = false;
  bool client_left_ = false;
};

}  // namespace ktl::standin

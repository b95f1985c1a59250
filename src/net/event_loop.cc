#include "net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <coroutine>
#include <utility>

#include "base/check.h"

namespace ktl::net {

// A coroutine without an owner: runs at once, frees itself at its end.
struct Spawned {
  struct promise_type {
    Spawned get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    static void* operator new(std::size_t bytes) { return detail::allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { detail::free_frame(frame, bytes); }
  };
  static Spawned run(std::size_t& running, Task<void> task) {
    ++running;
    co_await task;
    --running;
  }
};

Timer::~Timer() {
  if (heap_index_ != kNotInHeap) loop_->remove_from_heap(*this);
}

EventLoop::EventLoop()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      now_(std::chrono::steady_clock::now()),
      scratch_(std::make_unique<char[]>(kScratch + kSlack)) {
  KTL_CHECK(epoll_fd_ >= 0 && wake_fd_ >= 0, "the kernel gives an epoll and an eventfd descriptor");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the wake-up descriptor is the one without an owner
  KTL_CHECK(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0, "the wake-up descriptor can be watched");
}

EventLoop::~EventLoop() {
  for (Timer* timer : heap_) {
    timer->heap_index_ = Timer::kNotInHeap;
    timer->armed_ = false;
  }
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

void EventLoop::run() {
  constexpr int kBatch = 512;
  epoll_event events[kBatch];
  now_ = std::chrono::steady_clock::now();
  run_posted();
  while (!stopping_.exchange(false, std::memory_order_relaxed)) {
    run_deferred();
    end_turn();
    const int count = ::epoll_wait(epoll_fd_, events, kBatch, milliseconds_to_next_timer());
    now_ = std::chrono::steady_clock::now();
    dead_.clear();
    for (int i = 0; i < count; ++i) {
      auto* owner = static_cast<Pollable*>(events[i].data.ptr);
      if (owner == nullptr) {
        std::uint64_t ignored = 0;
        [[maybe_unused]] const auto got = ::read(wake_fd_, &ignored, sizeof ignored);
        continue;
      }
      if (!dead_.empty() && std::find(dead_.begin(), dead_.end(), owner) != dead_.end()) continue;
      owner->on_events(events[i].events);
    }
    run_posted();
    run_due_timers();
  }
  end_turn();
}

void EventLoop::stop() {
  // As posted work, so that what was posted before it is done before it.
  post([this] { stopping_ = true; });
}

void EventLoop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  if (!wake_pending_.exchange(true)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(wake_fd_, &one, sizeof one);
  }
}

void EventLoop::run_posted() {
  if (!wake_pending_.exchange(false)) return;
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
  }
  for (auto& item : work) item();
}

void EventLoop::defer(std::function<void()> work) {
  deferred_.push_back(std::move(work));
}

void EventLoop::run_deferred() {
  while (!deferred_.empty()) {
    std::vector<std::function<void()>> work;
    work.swap(deferred_);
    for (auto& item : work) item();
  }
}

void EventLoop::at_turn_end(TurnEnd& owner) {
  // Later would be cheaper still, but the first in the list have waited for all others to be worked on.
  constexpr std::size_t kMost = 64;
  if (ending_.size() >= kMost) end_turn();
  ending_.push_back(&owner);
}

void EventLoop::forget(TurnEnd& owner) {
  std::replace(ending_.begin(), ending_.end(), &owner, static_cast<TurnEnd*>(nullptr));
}

void EventLoop::end_turn() {
  for (TurnEnd* owner : ending_) {
    if (owner != nullptr) owner->on_turn_end();
  }
  ending_.clear();
}

void EventLoop::spawn(Task<void> task) {
  Spawned::run(spawned_, std::move(task));
}

void EventLoop::spawn_service(Task<void> task) {
  Spawned::run(services_, std::move(task));
}

void EventLoop::watch(int fd, std::uint32_t epoll_events, Pollable& owner) {
  epoll_event event{};
  event.events = epoll_events;
  event.data.ptr = &owner;
  KTL_CHECK(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0, "an open descriptor can be watched once");
}

void EventLoop::unwatch(int fd, Pollable& owner) {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  dead_.push_back(&owner);
}

// Timers: a binary heap by heap_key_. A timer that is moved to a later instant, or disarmed, stays where it is and is
// looked at again when its old key comes up; so the common "push the deadline back on every read" costs one store.

void EventLoop::arm(Timer& timer, MonoTime at, std::function<void()> callback) {
  timer.callback_ = std::move(callback);
  rearm(timer, at);
}

void EventLoop::rearm(Timer& timer, MonoTime at) {
  timer.loop_ = this;
  timer.at_ = at;
  timer.armed_ = true;
  if (timer.heap_index_ == Timer::kNotInHeap) {
    insert_into_heap(timer);
  } else if (at < timer.heap_key_) {
    timer.heap_key_ = at;
    sift_up(timer.heap_index_);
  }
}

void EventLoop::disarm(Timer& timer) {
  timer.armed_ = false;
}

int EventLoop::milliseconds_to_next_timer() const {
  if (heap_.empty()) return -1;
  const auto wait = heap_.front()->heap_key_ - now_;
  if (wait <= MonoTime::duration::zero()) return 0;
  return static_cast<int>(std::min<std::int64_t>(std::chrono::ceil<Millis>(wait).count(), 60'000));
}

void EventLoop::run_due_timers() {
  while (!heap_.empty() && heap_.front()->heap_key_ <= now_) {
    Timer& timer = *heap_.front();
    if (timer.armed_ && timer.at_ > timer.heap_key_) {
      timer.heap_key_ = timer.at_;
      sift_down(0);
      continue;
    }
    remove_from_heap(timer);
    if (!timer.armed_) continue;
    timer.armed_ = false;
    const auto callback = timer.callback_;  // a copy: the callback may destroy the timer
    callback();
  }
}

void EventLoop::place(std::size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->heap_index_ = index;
}

void EventLoop::sift_up(std::size_t index) {
  Timer* timer = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->heap_key_ <= timer->heap_key_) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void EventLoop::sift_down(std::size_t index) {
  Timer* timer = heap_[index];
  for (;;) {
    std::size_t child = index * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->heap_key_ < heap_[child]->heap_key_) ++child;
    if (timer->heap_key_ <= heap_[child]->heap_key_) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

void EventLoop::insert_into_heap(Timer& timer) {
  timer.heap_key_ = timer.at_;
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1);
}

void EventLoop::remove_from_heap(Timer& timer) {
  const std::size_t index = timer.heap_index_;
  timer.heap_index_ = Timer::kNotInHeap;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(index, last);
  sift_up(index);
  sift_down(last->heap_index_);
}

}  // namespace ktl::net

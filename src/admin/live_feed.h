#pragma once
// The newest sample, as text, for everyone who looks; and the viewers that wait for the next one. A sample is put into
// words once, whatever the number of viewers, and every viewer sends the same bytes.
//
// A viewer holds one frame at a time. What it is too slow for it never sees, and one that has not taken a frame for a
// while is told to give up: nothing is buffered for it.
#include <atomic>
#include <coroutine>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "monitor/sample.h"
#include "net/event_loop.h"

namespace ktl::admin {

// One sample in words.
struct Frame {
  std::uint64_t number = 0;  // later frames have higher ones
  std::shared_ptr<const monitor::Sample> sample;
  std::string overview;  // JSON
  std::string event;     // the same as a server-sent event
  bool last = false;     // the gateway goes; no sample
};
using FramePtr = std::shared_ptr<const Frame>;

FramePtr frame_of(std::shared_ptr<const monitor::Sample> sample, std::string_view version);
FramePtr farewell();

class LiveFeed;

// One viewer's place in the feed. Belongs to one loop and lives there; the feed outlives it.
class Viewer {
 public:
  // `give_up` is called on the loop when the viewer did not come back for kPatience frames. It must end the sending
  // that the viewer is held up by.
  Viewer(LiveFeed& feed, net::EventLoop& loop, std::function<void()> give_up);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  static constexpr int kPatience = 5;

  // Waits for a frame that this viewer has not had; nullptr once it was canceled.
  struct Next {
    Viewer& viewer;
    bool await_ready() const;
    void await_suspend(std::coroutine_handle<> waiter) { viewer.waiter_ = waiter; }
    FramePtr await_resume();
  };
  Next next() { return {*this}; }
  void cancel();

 private:
  friend class LiveFeed;
  void offer(const FramePtr& frame);

  LiveFeed& feed_;
  net::EventLoop& loop_;
  std::function<void()> give_up_;
  FramePtr frame_;            // newest, not taken yet
  std::uint64_t newest_ = 0;  // its number, or that of the one taken last
  std::coroutine_handle<> waiter_;
  int missed_ = 0;
  bool canceled_ = false;
};

class LiveFeed {
 public:
  static constexpr std::size_t kMaxViewers = 256;

  // Any thread. The viewers get it on their loops.
  void publish(FramePtr frame);
  // The same, and nothing comes after it: viewers of later get it, too.
  void close(FramePtr last);
  // nullptr: there was none yet.
  FramePtr newest() const { return std::atomic_load(&newest_); }
  std::size_t viewers() const { return viewers_.load(std::memory_order_relaxed); }

 private:
  friend class Viewer;
  void offer(const FramePtr& frame);
  FramePtr last() const { return std::atomic_load(&last_); }
  // The viewers of one loop; touched on that loop only.
  using Audience = std::vector<Viewer*>;
  std::shared_ptr<Audience> audience_of(net::EventLoop& loop);

  FramePtr newest_;
  FramePtr last_;
  std::atomic<std::size_t> viewers_{0};
  std::mutex mutex_;
  std::map<net::EventLoop*, std::shared_ptr<Audience>> audiences_;  // guarded by mutex_; loops outlive the feed's use
};

}  // namespace ktl::admin

// The feed between threads: viewers on several loops, samples from another. For the thread sanitizer above all.
#include "admin/live_feed.h"

#include <gtest/gtest.h>

#include <thread>

namespace ktl::admin {
namespace {

constexpr std::size_t kLoops = 3;
constexpr std::size_t kViewers = 8;  // on each loop

FramePtr frame(std::uint64_t sequence) {
  return std::make_shared<const Frame>(Frame{.number = sequence, .sample = nullptr, .overview = {}, .event = {}});
}

struct Loop {
  net::EventLoop loop;
  std::thread thread;
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::size_t> farewells{0};
  std::atomic<std::size_t> canceled{0};
};

// Sees samples in their order, perhaps not all of them, and the last one.
net::Task<void> view(LiveFeed& feed, Loop& on, bool leaves) {
  Viewer viewer(feed, on.loop, [] {});
  std::uint64_t newest = 0;
  for (;;) {
    const FramePtr frame = co_await viewer.next();
    if (!frame) break;
    if (frame->last) {
      ++on.farewells;
      break;
    }
    EXPECT_GT(frame->number, newest);
    newest = frame->number;
    ++on.seen;
    if (leaves && newest > 20) viewer.cancel();
  }
  if (leaves) ++on.canceled;
}

TEST(LiveFeed, EveryLoopsViewersGetEverySampleInOrderAndTheFarewell) {
  LiveFeed feed;
  std::array<Loop, kLoops> loops;
  for (Loop& on : loops) {
    on.loop.post([&feed, &on] {
      for (std::size_t i = 0; i < kViewers; ++i) on.loop.spawn(view(feed, on, i == 0));
    });
    on.thread = std::thread([&on] { on.loop.run(); });
  }
  while (feed.viewers() < kLoops * kViewers) std::this_thread::yield();
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) feed.publish(frame(sequence));
  feed.close(farewell());
  for (Loop& on : loops) {
    while (on.farewells < kViewers - 1 || on.canceled < 1) std::this_thread::yield();
    on.loop.stop();
    on.thread.join();
    EXPECT_GE(on.seen, kViewers - 1);
  }
  EXPECT_EQ(feed.viewers(), 0u);
  EXPECT_EQ(feed.newest()->number, 200u);
}

}  // namespace
}  // namespace ktl::admin

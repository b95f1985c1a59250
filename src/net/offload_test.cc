#include "net/offload.h"

#include <gtest/gtest.h>

#include <atomic>

namespace ktl::net {
namespace {

struct Seen {
  std::thread::id worker;
  std::thread::id after;
  int value = 0;
};

Task<void> compute(Offload& offload, EventLoop& loop, Seen& seen, std::atomic<int>& left) {
  const auto work = [&seen] {
    seen.worker = std::this_thread::get_id();
    seen.value = 42;
  };
  co_await offload.run(loop, work);
  seen.after = std::this_thread::get_id();
  if (--left == 0) loop.stop();
}

TEST(OffloadTest, work_runs_on_another_thread_and_its_caller_goes_on_on_its_own_loop) {
  constexpr int kJobs = 100;
  std::vector<Seen> seen(kJobs);
  std::atomic<int> left{kJobs};
  EventLoop loop;
  Offload offload(2);
  loop.post([&] {
    for (Seen& each : seen) loop.spawn(compute(offload, loop, each, left));
  });
  loop.run();
  for (const Seen& each : seen) {
    EXPECT_EQ(each.value, 42);
    EXPECT_NE(each.worker, std::this_thread::get_id());
    EXPECT_EQ(each.after, std::this_thread::get_id());
  }
}

TEST(OffloadTest, the_loop_goes_on_while_the_work_waits) {
  std::mutex gate;
  std::unique_lock closed(gate);
  EventLoop loop;
  Offload offload(1);
  bool done = false;
  const auto wait = [&]() -> Task<void> {
    const auto work = [&gate] { const std::lock_guard open(gate); };
    co_await offload.run(loop, work);
    done = true;
    loop.stop();
  };
  loop.post([&] {
    loop.spawn(wait());
    loop.post([&] {
      EXPECT_FALSE(done);
      closed.unlock();
    });
  });
  loop.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace ktl::net

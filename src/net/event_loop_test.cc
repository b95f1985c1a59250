#include "net/event_loop.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace ktl::net {
namespace {

Task<int> forty_two() {
  co_return 42;
}

Task<int> doubled() {
  const int value = co_await forty_two();
  co_return value * 2;
}

Task<void> store_doubled(EventLoop& loop, int& out) {
  out = co_await doubled();
  loop.stop();
}

TEST(Task, GivesItsResultThroughANestedAwait) {
  EventLoop loop;
  int out = 0;
  loop.spawn(store_doubled(loop, out));
  EXPECT_EQ(out, 84);
  EXPECT_EQ(loop.spawned(), 0u);
}

Task<void> serve(EventLoop& loop, bool& ended) {
  co_await loop.sleep(Millis(1));
  ended = true;
  loop.stop();
}

TEST(EventLoop, AServiceRunsBesideAnIdleLoop) {
  EventLoop loop;
  bool ended = false;
  loop.spawn_service(serve(loop, ended));
  EXPECT_EQ(loop.spawned(), 0u);
  EXPECT_EQ(loop.services(), 1u);
  loop.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(loop.services(), 0u);
}

TEST(EventLoop, RunsPostedWorkOfOtherThreadsInOrder) {
  EventLoop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.stop();
  });
  loop.run();
  other.join();
  ASSERT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Timers, FireInOrderHoweverTheyWereArmedMovedAndDisarmed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    EventLoop loop;
    constexpr std::size_t kCount = 60;
    std::vector<Timer> timers(kCount);
    std::vector<int> due(kCount, -1);
    std::vector<int> fired;
    const MonoTime start = loop.now();
    const auto arm = [&](std::size_t i) {
      due[i] = static_cast<int>(rng.below(15));
      loop.arm(timers[i], start + Millis(due[i]), [&fired, &due, i] { fired.push_back(due[i]); });
    };
    for (std::size_t i = 0; i < kCount; ++i) arm(i);
    for (int step = 0; step < 200; ++step) {
      const auto i = static_cast<std::size_t>(rng.below(kCount));
      if (rng.below(4) == 0) {
        loop.disarm(timers[i]);
        due[i] = -1;
      } else {
        arm(i);
      }
    }
    Timer end;
    loop.arm(end, start + Millis(25), [&loop] { loop.stop(); });
    loop.run();
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end())) << "seed " << seed;
    EXPECT_EQ(fired.size(),
              static_cast<std::size_t>(std::count_if(due.begin(), due.end(), [](int d) { return d >= 0; })))
        << "seed " << seed;
  }
}

TEST(Timers, ADestroyedTimerDoesNotFire) {
  EventLoop loop;
  bool fired = false;
  {
    Timer timer;
    loop.arm(timer, loop.now(), [&] { fired = true; });
  }
  Timer end;
  loop.arm(end, loop.now() + Millis(2), [&loop] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(fired);
}

}  // namespace
}  // namespace ktl::net

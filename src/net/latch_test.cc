#include "net/latch.h"

#include <gtest/gtest.h>

#include <string>

#include "net/event_loop.h"

namespace ktl::net {
namespace {

Task<void> work(EventLoop& loop, Millis length, Latch& latch, std::string& order) {
  co_await loop.sleep(length);
  order += 'w';
  latch.count_down();
}

Task<void> wait_for(EventLoop& loop, std::size_t works, std::string& order) {
  Latch latch(works);
  for (std::size_t i = 0; i < works; ++i)
    loop.spawn(work(loop, Millis(static_cast<std::int64_t>(works - i)), latch, order));
  co_await latch;
  order += '.';
  loop.stop();
}

TEST(Latch, ItsWaiterGoesOnOnceAllHaveEnded) {
  EventLoop loop;
  std::string order;
  loop.spawn(wait_for(loop, 3, order));
  loop.run();
  EXPECT_EQ(order, "www.");
}

TEST(Latch, OfNothingDoesNotWait) {
  EventLoop loop;
  std::string order;
  loop.spawn(wait_for(loop, 0, order));
  loop.run();
  EXPECT_EQ(order, ".");
}

Task<void> at_once(Latch& latch) {
  latch.count_down();
  co_return;
}

Task<void> wait_for_the_quick(EventLoop& loop, bool& done) {
  Latch latch(2);
  loop.spawn(at_once(latch));
  loop.spawn(at_once(latch));
  co_await latch;
  done = true;
  loop.stop();
}

TEST(Latch, MayBeCountedDownBeforeAnybodyWaits) {
  EventLoop loop;
  bool done = false;
  loop.spawn(wait_for_the_quick(loop, done));
  loop.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace ktl::net

// The gate: places, the queue before it, and everything that can end a wait.
#include "upstream/gate.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace ktl::upstream {
namespace {

using net::EventLoop;
using net::Task;
using Outcome = Gate::Outcome;

// One coroutine before the gate; keeps its place until it is told to leave.
struct Visitor {
  Visitor(Gate& gate, EventLoop& loop, Millis timeout) : wait(gate, loop, timeout) {}
  Gate::Wait wait;
  std::optional<Outcome> outcome;
  Permit permit;
};

Task<void> visit(Visitor& visitor) {
  const Outcome outcome = co_await visitor.wait;
  visitor.outcome = outcome;
  if (outcome == Outcome::entered) visitor.permit = visitor.wait.permit();
}

Task<void> stop_when(EventLoop& loop, std::function<bool()> done) {
  while (!done()) co_await loop.sleep(Millis(1));
  loop.stop();
}

class GateTest : public testing::Test {
 protected:
  Visitor& add(Gate& gate, Millis timeout = Millis(0)) {
    visitors_.push_back(std::make_unique<Visitor>(gate, loop_, timeout));
    loop_.spawn(visit(*visitors_.back()));
    return *visitors_.back();
  }
  Gate& open(scheduler::InFlightOptions options) { return gate_.emplace(options); }
  void run_until(std::function<bool()> done) {
    loop_.spawn(stop_when(loop_, std::move(done)));
    loop_.run();
  }
  EventLoop loop_;
  std::optional<Gate> gate_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
};

TEST_F(GateTest, LetsInAsManyAsItsLimitAndTheNextWhenOneLeaves) {
  Gate& gate = open({.limit = 2, .queue_limit = 5});
  Visitor& first = add(gate);
  Visitor& second = add(gate);
  Visitor& third = add(gate);
  EXPECT_EQ(first.outcome, Outcome::entered);
  EXPECT_EQ(second.outcome, Outcome::entered);
  EXPECT_EQ(third.outcome, std::nullopt);
  EXPECT_EQ(gate.running(), 2);
  EXPECT_EQ(gate.waiting(), 1);
  first.permit.give_back();
  first.permit.give_back();  // the second time is nothing
  run_until([&] { return third.outcome.has_value(); });
  EXPECT_EQ(third.outcome, Outcome::entered);
  EXPECT_EQ(gate.running(), 2);
  EXPECT_EQ(gate.waiting(), 0);
}

TEST_F(GateTest, WaitersEnterInTheOrderInWhichTheyCame) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  Visitor& first = add(gate);
  Visitor& second = add(gate);
  Visitor& third = add(gate);
  first.permit.give_back();
  run_until([&] { return second.outcome.has_value(); });
  EXPECT_EQ(third.outcome, std::nullopt);
  second.permit.give_back();
  run_until([&] { return third.outcome.has_value(); });
}

TEST_F(GateTest, AFullQueueSaysSoAtOnce) {
  Gate& gate = open({.limit = 1, .queue_limit = 1});
  add(gate);
  add(gate);
  EXPECT_EQ(add(gate).outcome, Outcome::queue_full);
  EXPECT_EQ(gate.running(), 1);
  EXPECT_EQ(gate.waiting(), 1);
  for (auto& visitor : visitors_) visitor->permit.give_back();
  run_until([&] { return visitors_[1]->outcome.has_value(); });
}

TEST_F(GateTest, AWaitThatTakesTooLongEndsAndItsPlaceInTheQueueIsFree) {
  Gate& gate = open({.limit = 1, .queue_limit = 1});
  Visitor& first = add(gate);
  Visitor& late = add(gate, Millis(3));
  run_until([&] { return late.outcome.has_value(); });
  EXPECT_EQ(late.outcome, Outcome::timeout);
  EXPECT_EQ(gate.waiting(), 0);
  Visitor& next = add(gate, Millis(5000));
  EXPECT_EQ(next.outcome, std::nullopt);
  first.permit.give_back();
  run_until([&] { return next.outcome.has_value(); });
  EXPECT_EQ(next.outcome, Outcome::entered);
}

TEST_F(GateTest, ACanceledWaitEndsAtOnceAndTakesNothing) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  Visitor& first = add(gate);
  Visitor& second = add(gate);
  Visitor& third = add(gate);
  second.wait.cancel();
  EXPECT_EQ(second.outcome, Outcome::canceled);
  EXPECT_EQ(gate.waiting(), 1);
  first.permit.give_back();
  run_until([&] { return third.outcome.has_value(); });
  EXPECT_EQ(gate.running(), 1);
}

TEST_F(GateTest, AWaitThatWasCanceledBeforeItBeganNeverQueues) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  add(gate);
  Visitor second(gate, loop_, Millis(0));
  second.wait.cancel();
  loop_.spawn(visit(second));
  EXPECT_EQ(second.outcome, Outcome::canceled);
  EXPECT_EQ(gate.waiting(), 0);
  EXPECT_EQ(gate.running(), 1);
}

TEST_F(GateTest, ACancelAfterTheGrantChangesNothing) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  Visitor& first = add(gate);
  Visitor& second = add(gate);
  first.permit.give_back();  // granted; the message is on its way
  second.wait.cancel();
  EXPECT_EQ(second.outcome, std::nullopt);
  run_until([&] { return second.outcome.has_value(); });
  EXPECT_EQ(second.outcome, Outcome::entered);
  EXPECT_EQ(gate.running(), 1);
}

TEST_F(GateTest, ARaisedLimitLetsWaitersInAndALoweredOneLetsTheRunningFinish) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  for (int i = 0; i < 3; ++i) add(gate);
  gate.set_limit(3);
  run_until([&] { return visitors_[2]->outcome.has_value(); });
  EXPECT_EQ(gate.running(), 3);
  gate.set_limit(1);
  EXPECT_EQ(gate.running(), 3);
  Visitor& fourth = add(gate);
  visitors_[0]->permit.give_back();
  visitors_[1]->permit.give_back();
  EXPECT_EQ(fourth.outcome, std::nullopt);
  EXPECT_EQ(gate.running(), 1);
  visitors_[2]->permit.give_back();
  run_until([&] { return fourth.outcome.has_value(); });
  EXPECT_EQ(gate.running(), 1);
}

TEST_F(GateTest, TryEnterTakesAFreePlaceOnly) {
  Gate& gate = open({.limit = 1, .queue_limit = 5});
  Permit permit = gate.try_enter();
  EXPECT_TRUE(permit);
  EXPECT_FALSE(gate.try_enter());
  Permit moved = std::move(permit);
  EXPECT_FALSE(permit);
  EXPECT_EQ(gate.running(), 1);
  moved = Permit();
  EXPECT_EQ(gate.running(), 0);
}

// Many coroutines on several loops: each waits, stays for a moment, leaves; some lose patience, some are canceled.
struct Busy {
  Gate& gate;
  std::atomic<std::int64_t> inside{0};
  std::atomic<std::int64_t> most{0};
  std::array<std::atomic<int>, 4> ended{};
};

Task<void> come_and_go(EventLoop& loop, Busy& busy, Rng rng, int times) {
  for (int i = 0; i < times; ++i) {
    Gate::Wait wait(busy.gate, loop, Millis(rng.below(3)));  // 0: without an end
    net::Timer leaves;
    if (rng.below(4) == 0) loop.arm(leaves, loop.now() + Millis(rng.below(3)), [&wait] { wait.cancel(); });
    const Outcome outcome = co_await wait;
    loop.disarm(leaves);
    ++busy.ended[static_cast<std::size_t>(outcome)];
    if (outcome != Outcome::entered) {
      co_await loop.sleep(Millis(rng.below(2)));
      continue;
    }
    const Permit permit = wait.permit();
    const std::int64_t now_inside = ++busy.inside;
    std::int64_t most = busy.most;
    while (most < now_inside && !busy.most.compare_exchange_weak(most, now_inside)) {
    }
    if (rng.below(2) == 0) co_await loop.sleep(Millis(rng.below(2)));
    --busy.inside;
  }
}

TEST(GateAcrossLoops, NeverHoldsMoreThanItsLimitAndLosesNobody) {
  constexpr int kVisitors = 12, kTimes = 40;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Gate gate({.limit = 3, .queue_limit = 20});
    Busy busy{gate};
    std::array<EventLoop, 3> loops;
    std::vector<std::thread> threads;
    for (std::size_t l = 0; l < loops.size(); ++l) {
      EventLoop& loop = loops[l];
      for (std::uint64_t v = 0; v < kVisitors; ++v)
        loop.post(
            [&loop, &busy, s = seed * 1000 + l * 100 + v] { loop.spawn(come_and_go(loop, busy, Rng(s), kTimes)); });
      loop.post([&loop] { loop.spawn(stop_when(loop, [&loop] { return loop.spawned() == 1; })); });
      threads.emplace_back([&loop] { loop.run(); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(gate.running(), 0) << "seed " << seed;
    EXPECT_EQ(gate.waiting(), 0) << "seed " << seed;
    EXPECT_LE(busy.most, 3) << "seed " << seed;
    int ended = 0;
    for (const auto& count : busy.ended) ended += count;
    EXPECT_EQ(ended, 3 * kVisitors * kTimes) << "seed " << seed;
    EXPECT_GT(busy.ended[static_cast<std::size_t>(Outcome::entered)], 0) << "seed " << seed;
    EXPECT_GT(busy.ended[static_cast<std::size_t>(Outcome::timeout)], 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace ktl::upstream

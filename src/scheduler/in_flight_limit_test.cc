#include "scheduler/in_flight_limit.h"

#include <algorithm>
#include <deque>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace ktl::scheduler {
namespace {

using Entry = InFlightLimit::Entry;
constexpr Ticket ticket(std::uint64_t number) {
  return Ticket{number};
}

TEST(InFlightLimit, RunsUpToItsLimitThenQueuesThenRefuses) {
  InFlightLimit limit({2, 1});
  EXPECT_EQ(limit.enter(ticket(1)), Entry::running);
  EXPECT_EQ(limit.enter(ticket(2)), Entry::running);
  EXPECT_EQ(limit.enter(ticket(3)), Entry::waiting);
  EXPECT_EQ(limit.enter(ticket(4)), Entry::queue_full);
  EXPECT_EQ(limit.running(), 2);
  EXPECT_EQ(limit.waiting(), 1);
}

TEST(InFlightLimit, StartsWhoCameFirst) {
  InFlightLimit limit({1, 10});
  for (std::uint64_t i = 1; i <= 4; ++i) limit.enter(ticket(i));
  EXPECT_EQ(limit.leave(ticket(1)), std::vector{ticket(2)});
  EXPECT_EQ(limit.leave(ticket(3)), std::vector<Ticket>{});  // gave up waiting
  EXPECT_EQ(limit.leave(ticket(2)), std::vector{ticket(4)});
  EXPECT_EQ(limit.leave(ticket(4)), std::vector<Ticket>{});
  EXPECT_EQ(limit.running(), 0);
}

TEST(InFlightLimit, LeavingTwiceOrAfterARefusalGivesNoPlaceAway) {
  InFlightLimit limit({1, 1});
  limit.enter(ticket(1));
  limit.enter(ticket(2));
  EXPECT_EQ(limit.enter(ticket(3)), Entry::queue_full);
  EXPECT_TRUE(limit.leave(ticket(3)).empty());
  EXPECT_EQ(limit.leave(ticket(1)), std::vector{ticket(2)});
  EXPECT_TRUE(limit.leave(ticket(1)).empty());
  EXPECT_EQ(limit.running(), 1);
}

TEST(InFlightLimit, WithoutAQueueItNeverWaits) {
  InFlightLimit limit({1, 0});
  EXPECT_EQ(limit.enter(ticket(1)), Entry::running);
  EXPECT_EQ(limit.enter(ticket(2)), Entry::queue_full);
}

TEST(InFlightLimit, ARaisedLimitStartsWaitersAndALoweredOneEndsNobody) {
  InFlightLimit limit({1, 10});
  for (std::uint64_t i = 1; i <= 4; ++i) limit.enter(ticket(i));
  EXPECT_EQ(limit.set_limit(3), (std::vector{ticket(2), ticket(3)}));
  EXPECT_TRUE(limit.set_limit(1).empty());
  EXPECT_EQ(limit.running(), 3);
  EXPECT_TRUE(limit.leave(ticket(1)).empty());
  EXPECT_TRUE(limit.leave(ticket(2)).empty());
  EXPECT_EQ(limit.leave(ticket(3)), std::vector{ticket(4)});
}

// The same rules in the plainest possible words, to compare with.
struct Model {
  std::size_t limit;
  std::size_t queue_limit;
  std::set<Ticket> running;
  std::deque<Ticket> queue;

  Entry enter(Ticket ticket) {
    if (running.size() < limit) return running.insert(ticket), Entry::running;
    if (queue.size() >= queue_limit) return Entry::queue_full;
    return queue.push_back(ticket), Entry::waiting;
  }
  std::vector<Ticket> start() {
    std::vector<Ticket> started;
    for (; running.size() < limit && !queue.empty(); queue.pop_front()) {
      running.insert(queue.front());
      started.push_back(queue.front());
    }
    return started;
  }
  std::vector<Ticket> leave(Ticket ticket) {
    running.erase(ticket);
    std::erase(queue, ticket);
    return start();
  }
};

TEST(InFlightLimit, DoesWhatThePlainModelDoes) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    const auto first_limit = static_cast<std::int64_t>(1 + rng.below(5));
    const auto queue_limit = static_cast<std::int64_t>(rng.below(8));
    InFlightLimit limit({first_limit, queue_limit});
    Model model{static_cast<std::size_t>(first_limit), static_cast<std::size_t>(queue_limit), {}, {}};
    std::uint64_t newest = 0;
    for (int step = 0; step < 300; ++step) {
      switch (rng.below(8)) {
        case 0: {
          const auto fresh = static_cast<std::int64_t>(1 + rng.below(6));
          model.limit = static_cast<std::size_t>(fresh);
          ASSERT_EQ(limit.set_limit(fresh), model.start());
          break;
        }
        case 1:
        case 2:
        case 3: {  // also tickets that are gone
          const Ticket any = ticket(1 + rng.below(newest + 1));
          ASSERT_EQ(limit.leave(any), model.leave(any));
          break;
        }
        default:
          ++newest;
          ASSERT_EQ(limit.enter(ticket(newest)), model.enter(ticket(newest)));
      }
      ASSERT_EQ(limit.running(), static_cast<std::int64_t>(model.running.size()));
      ASSERT_EQ(limit.waiting(), static_cast<std::int64_t>(model.queue.size()));
    }
  }
}

}  // namespace
}  // namespace ktl::scheduler

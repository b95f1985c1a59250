#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "prompt/drift.h"
#include "prompt/overhead_learner.h"

namespace ktl::prompt {
namespace {

TEST(OverheadLearner, BeginsWithChatMl) {
  EXPECT_EQ(OverheadLearner().estimate().of(1), 8);
  EXPECT_EQ(OverheadLearner().estimate().of(4), 23);
}

TEST(OverheadLearner, FindsTheLineThroughPromptsOfSeveralLengthsInSpiteOfStrangeOnes) {
  Rng rng(7);
  OverheadLearner learner;
  for (int i = 0; i < 200; ++i) {
    const auto messages = static_cast<std::int64_t>(1 + rng.below(9));
    const std::int64_t strange = rng.below(6) == 0 ? 500 : 0;
    learner.observe(messages, 1000, 1000 + 24 + 6 * messages + strange);
  }
  for (const std::int64_t messages : {1, 5, 20}) EXPECT_EQ(learner.estimate().of(messages), 24 + 6 * messages);
  EXPECT_EQ(learner.observations(), 200);
}

TEST(OverheadLearner, LearnsTheBaseAloneFromPromptsOfOneLength) {
  OverheadLearner learner;
  learner.observe(2, 10, 60);
  EXPECT_EQ(learner.estimate().of(2), 50);
  EXPECT_EQ(learner.estimate().of(3), 55);
}

TEST(OverheadLearner, IsNeverBelowTheContent) {
  OverheadLearner learner;
  for (int i = 1; i < 10; ++i) learner.observe(i, 100, 50);
  EXPECT_EQ(learner.estimate().of(3), 0);
}

TEST(Drift, CountsTheExactAndKeepsTheWorst) {
  Drift drift;
  EXPECT_EQ(drift.snapshot().exact_share(), 1.0);
  drift.record(10, 10);
  drift.record(12, 10);
  drift.record(5, 10);
  drift.record(13, 10);
  const Drift::Snapshot seen = drift.snapshot();
  EXPECT_EQ(seen.requests, 4);
  EXPECT_EQ(seen.exact, 1);
  EXPECT_EQ(seen.worst, -5);
  EXPECT_EQ(seen.difference, 0);
  EXPECT_EQ(seen.engine_tokens, 40);
  EXPECT_EQ(seen.exact_share(), 0.25);
}

TEST(Drift, LosesNothingUnderManyThreads) {
  Drift drift;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&drift, t] {
      for (int i = 0; i < 10000; ++i) drift.record(i % 2 == 0 ? 7 : 7 + t, 7);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(drift.snapshot().requests, 40000);
  EXPECT_EQ(drift.snapshot().exact, 25000);
  EXPECT_EQ(drift.snapshot().worst, 3);
  EXPECT_EQ(drift.snapshot().difference, 5000 * (1 + 2 + 3));
}

}  // namespace
}  // namespace ktl::prompt

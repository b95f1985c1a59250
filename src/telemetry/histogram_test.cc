#include "telemetry/histogram.h"

#include <gtest/gtest.h>

#include <thread>

namespace ktl::telemetry {
namespace {

TEST(Histogram, AValueOnABoundCountsInThatBucket) {
  Histogram histogram({{10, 20, 30}, 1.0});
  for (const std::int64_t value : {0, 10, 11, 20, 30, 31, 1'000'000}) histogram.observe(value);
  const auto now = histogram.snapshot();
  EXPECT_EQ(now.counts, (std::vector<std::uint64_t>{2, 2, 1, 2}));
  EXPECT_EQ(now.total, 7U);
  EXPECT_EQ(now.sum, 1'000'102);
}

TEST(Histogram, QuantilesAreInterpolatedInsideTheirBucket) {
  Histogram histogram({{100, 200}, 1.0});
  EXPECT_EQ(histogram.quantile(0.5), 0);
  for (int i = 0; i < 100; ++i) histogram.observe(150);
  EXPECT_NEAR(histogram.quantile(0.5), 150, 1e-9);
  EXPECT_NEAR(histogram.quantile(1.0), 200, 1e-9);
  for (int i = 0; i < 900; ++i) histogram.observe(5'000);
  EXPECT_NEAR(histogram.quantile(0.99), 200, 1e-9);  // beyond the last bound only the bound is known
}

TEST(Histogram, OneObservationMayStandForMany) {
  Histogram histogram({{10, 20}, 1.0});
  histogram.observe(15, 7);
  EXPECT_EQ(histogram.snapshot().counts, (std::vector<std::uint64_t>{0, 7, 0}));
  EXPECT_EQ(histogram.snapshot().sum, 105);
}

TEST(Histogram, QuantilesOfLatenciesAreToldWithinASeventh) {
  for (std::int64_t value = 60; value < 300'000'000; value = value * 11 / 10) {
    Histogram histogram(latency_shape());
    for (int i = 0; i < 100; ++i) histogram.observe(value);
    EXPECT_NEAR(histogram.quantile(0.5), static_cast<double>(value), 0.1429 * static_cast<double>(value)) << value;
  }
}

TEST(Histogram, TheQuantilesOfAMinuteAreThoseOfTheDifference) {
  Histogram histogram({{100, 200, 300}, 1.0});
  for (int i = 0; i < 1'000; ++i) histogram.observe(50);
  const auto before = histogram.snapshot();
  for (int i = 0; i < 10; ++i) histogram.observe(250);
  auto counts = histogram.snapshot().counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before.counts[i];
  EXPECT_NEAR(quantile(histogram.shape(), counts, 0.5), 250, 1e-9);
}

TEST(Histogram, NothingIsLostBetweenThreads) {
  Histogram histogram(latency_shape());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::int64_t i = 0; i < 5'000; ++i) histogram.observe(i);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(histogram.snapshot().total, 20'000U);
  EXPECT_EQ(histogram.snapshot().sum, 4 * (4'999 * 5'000 / 2));
}

}  // namespace
}  // namespace ktl::telemetry

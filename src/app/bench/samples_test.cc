#include "app/bench/samples.h"

#include <gtest/gtest.h>

namespace ktl::app::bench {
namespace {

using namespace std::chrono_literals;

TEST(Samples, PercentilesAreExactByNearestRankWhateverTheOrder) {
  Samples samples;
  for (int i = 0; i < 200; ++i) samples.add(std::chrono::milliseconds((i * 37) % 200 + 1));  // 1 to 200 ms
  const auto p = samples.percentiles();
  ASSERT_TRUE(p);
  EXPECT_DOUBLE_EQ(p->p50, 100);
  EXPECT_DOUBLE_EQ(p->p95, 190);
  EXPECT_DOUBLE_EQ(p->p99, 198);
  EXPECT_DOUBLE_EQ(p->max, 200);
}

TEST(Samples, OneSampleIsEveryPercentile) {
  Samples samples;
  samples.add(1234567ns);
  const auto p = samples.percentiles();
  ASSERT_TRUE(p);
  EXPECT_DOUBLE_EQ(p->p50, 1.235);
  EXPECT_DOUBLE_EQ(p->p99, 1.235);
}

TEST(Samples, NoSamplesHaveNoPercentiles) {
  EXPECT_FALSE(Samples().percentiles());
}

TEST(Samples, TimesOutsideTheRangeStayAtItsEnds) {
  Samples samples;
  samples.add(-5ms);
  samples.add(100h);
  const auto p = samples.percentiles();
  ASSERT_TRUE(p);
  EXPECT_DOUBLE_EQ(p->p50, 0);
  EXPECT_DOUBLE_EQ(p->max, 4294967.295);
}

}  // namespace
}  // namespace ktl::app::bench

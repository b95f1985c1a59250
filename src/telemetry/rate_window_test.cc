#include "telemetry/rate_window.h"

#include <gtest/gtest.h>

namespace ktl::telemetry {
namespace {

TEST(RateWindow, GainsAreOfTheLastMinute) {
  RateWindow<1> window;
  const MonoTime begin{std::chrono::hours(1)};
  EXPECT_EQ(window.look(begin, {100}).seconds, 0);
  for (int second = 1; second <= 300; ++second) {
    const auto gain = window.look(begin + std::chrono::seconds(second), {100.0 + 2 * second});
    EXPECT_LE(gain.seconds, 60);
    EXPECT_DOUBLE_EQ(gain.per_second(0), 2);
  }
  const auto after_restart = window.look(begin + std::chrono::seconds(301), {5});
  EXPECT_EQ(after_restart.values[0], 0);
}

TEST(RateWindow, AShorterHorizonForgetsEarlier) {
  RateWindow<1> window(std::chrono::seconds(10));
  const MonoTime begin{std::chrono::hours(1)};
  for (int second = 0; second <= 30; ++second) window.look(begin + std::chrono::seconds(second), {0});
  const auto gain = window.look(begin + std::chrono::seconds(31), {50});
  EXPECT_EQ(gain.seconds, 10);
  EXPECT_EQ(gain.per_second(0), 5);
}

}  // namespace
}  // namespace ktl::telemetry

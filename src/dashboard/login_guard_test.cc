#include "dashboard/login_guard.h"

#include <gtest/gtest.h>

namespace ktl::dashboard {
namespace {

const MonoTime kStart{std::chrono::hours(5)};

TEST(LoginGuard, AnAddressMayFailSoManyTimesAMinute) {
  LoginGuard guard({.by_address = 3, .together = 100});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(guard.wait("10.0.0.1", kStart));
    guard.failed("10.0.0.1", kStart);
  }
  ASSERT_TRUE(guard.wait("10.0.0.1", kStart));
  EXPECT_EQ(*guard.wait("10.0.0.1", kStart + Millis(15'000)), Millis(45'000));
  EXPECT_FALSE(guard.wait("10.0.0.2", kStart));
  EXPECT_FALSE(guard.wait("10.0.0.1", kStart + Millis(60'000)));
}

TEST(LoginGuard, ManyAddressesTogetherMayFailOnlySoOften) {
  LoginGuard guard({.by_address = 3, .together = 5});
  for (int i = 0; i < 5; ++i) guard.failed("10.0.0." + std::to_string(i), kStart);
  EXPECT_TRUE(guard.wait("10.0.0.99", kStart));
  EXPECT_FALSE(guard.wait("10.0.0.99", kStart + Millis(60'000)));
}

TEST(LoginGuard, AnIPv6HostCannotHideInItsOwnNetwork) {
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:3:3:4:5:6"));
  EXPECT_NE(network_of("10.0.0.1"), network_of("10.0.0.2"));
  EXPECT_EQ(network_of("::1"), network_of("::1"));
}

}  // namespace
}  // namespace ktl::dashboard

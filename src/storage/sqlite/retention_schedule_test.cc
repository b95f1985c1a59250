#include "storage/sqlite/retention_schedule.h"

#include <gtest/gtest.h>

namespace ktl::storage::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Both hands of the clock, and the schedule that is asked every minute.
class RetentionScheduleTest : public ::testing::Test {
 protected:
  // Minutes out of `time` at which a look was due (and was taken, finding nothing more).
  int looks_within(minutes time) {
    int looks = 0;
    for (; time.count() > 0; --time) {
      wall_ += minutes(1);
      mono_ += minutes(1);
      if (!schedule_.due(wall_, mono_)) continue;
      ++looks;
      schedule_.looked(false, mono_);
    }
    return looks;
  }

  WallTime wall_{Millis(1'800'000'000'000)};
  MonoTime mono_{Millis(1'000'000)};
  RetentionSchedule schedule_{wall_, mono_};
};

TEST_F(RetentionScheduleTest, the_first_look_is_after_ten_minutes_and_then_one_an_hour) {
  EXPECT_EQ(looks_within(minutes(9)), 0);
  EXPECT_EQ(looks_within(minutes(1)), 1);
  EXPECT_EQ(looks_within(minutes(59)), 0);
  EXPECT_EQ(looks_within(minutes(1)), 1);
  EXPECT_EQ(looks_within(hours(24)), 24);
}

TEST_F(RetentionScheduleTest, what_is_left_is_done_soon) {
  ASSERT_EQ(looks_within(minutes(10)), 1);
  wall_ += hours(1);
  mono_ += hours(1);
  ASSERT_TRUE(schedule_.due(wall_, mono_));
  schedule_.looked(true, mono_);
  EXPECT_FALSE(schedule_.due(wall_, mono_));
  wall_ += RetentionSchedule::kPause;
  mono_ += RetentionSchedule::kPause;
  EXPECT_TRUE(schedule_.due(wall_, mono_));
}

TEST_F(RetentionScheduleTest, a_jump_either_way_is_believed_once_it_has_lasted) {
  for (const auto jump : {hours(24 * 100), hours(-24 * 100)}) {
    ASSERT_EQ(looks_within(minutes(60)), 1);
    wall_ += jump;
    EXPECT_EQ(looks_within(minutes(10)), 0);
    EXPECT_EQ(looks_within(minutes(1)), 1);
  }
}

TEST_F(RetentionScheduleTest, a_clock_that_keeps_jumping_is_never_believed) {
  for (int i = 0; i < 200; ++i) {
    wall_ += i % 2 == 0 ? hours(24 * 100) : hours(-24 * 100);
    EXPECT_EQ(looks_within(minutes(7)), 0) << "jump " << i;
  }
}

TEST_F(RetentionScheduleTest, slow_drift_within_a_minute_is_no_jump) {
  wall_ += RetentionSchedule::kDriftBelieved;
  EXPECT_EQ(looks_within(minutes(10)), 1);
  EXPECT_EQ(looks_within(minutes(60)), 1);
  wall_ += Millis(1);
  EXPECT_EQ(looks_within(minutes(10)), 0) << "a minute and a bit is a jump";
}

}  // namespace
}  // namespace ktl::storage::testing

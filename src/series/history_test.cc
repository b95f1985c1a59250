#include "series/history.h"

#include <gtest/gtest.h>

#include "series/memory_archive.h"

namespace ktl::series {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kBegin{Millis(1'795'392'000'000)};  // 2026-11-23, midnight UTC

std::vector<Point> one(std::uint64_t requests, double in_flight) {
  return {{"requests", Unit::per_second, Sum{requests}}, {"in_flight", Unit::count, level_of(in_flight)}};
}

class HistoryTest : public testing::Test {
 protected:
  // A second each, folded every ten as the program does.
  void run(WallTime from, int count, std::uint64_t requests = 3) {
    for (int i = 0; i < count; ++i) {
      const WallTime at = from + seconds(i);
      history_->add(at + Millis(500), 1, one(requests, i % 10));
      if (i % 10 == 9) {
        EXPECT_TRUE(history_->fold(at + Millis(600)));
      }
    }
  }
  Table read(WallTime from, WallTime to, Millis step, std::vector<std::string> names = {"requests"}) {
    return *history_->read({from, to, step, std::move(names)}, to);
  }
  void restart() {
    history_ = std::make_unique<History>(&archive_);
    EXPECT_TRUE(history_->open());
  }

  MemoryArchive archive_;
  std::unique_ptr<History> history_ = std::make_unique<History>(&archive_);
};

TEST_F(HistoryTest, EveryStepTellsTheSame) {
  run(kBegin, 7'200);
  for (const Millis step : {Millis(1'000), Millis(10'000), Millis(60'000), Millis(3'600'000)}) {
    const WallTime from = kBegin + hours(1);
    const Table table = read(from, kBegin + hours(2), step, {"requests", "in_flight", "in_flight.max"});
    EXPECT_EQ(table.rows, static_cast<std::size_t>(hours(1) / step));
    ASSERT_EQ(table.columns.size(), 3u);
    for (std::size_t row = 0; row < table.rows; ++row) {
      EXPECT_EQ(table.columns[0].values[row], 3) << step.count() << " " << row;
      if (step > Millis(1'000)) {
        EXPECT_DOUBLE_EQ(*table.columns[1].values[row], 4.5);
        EXPECT_EQ(table.columns[2].values[row], 9);
      }
    }
  }
}

TEST_F(HistoryTest, WhatIsNotFoldedYetIsRead) {
  history_->add(kBegin + Millis(500), 1, one(5, 0));
  const Table table = read(kBegin, kBegin + seconds(10), Millis(10'000));
  EXPECT_EQ(table.columns.at(0).values, (std::vector<std::optional<double>>{5}));
  EXPECT_EQ(table.seconds, (std::vector<double>{1})) << "of ten, one was looked at: five times a second is five times";
}

TEST_F(HistoryTest, ARestartGoesOnInTheSameBuckets) {
  run(kBegin, 30, 2);
  restart();
  run(kBegin + seconds(30), 30, 4);
  EXPECT_EQ(read(kBegin, kBegin + minutes(1), Millis(60'000)).columns.at(0).values.at(0), 3);
  EXPECT_EQ(read(kBegin, kBegin + hours(1), Millis(3'600'000)).columns.at(0).values.at(0), 3);
  EXPECT_FALSE(read(kBegin, kBegin + minutes(1), Millis(1'000)).columns.at(0).values.at(0)) << "seconds are forgotten";
}

TEST_F(HistoryTest, WhereTheGatewayDidNotRunNothingIsKnown) {
  run(kBegin, 20);
  run(kBegin + seconds(40), 20);
  const auto values = read(kBegin, kBegin + minutes(1), Millis(10'000)).columns.at(0).values;
  EXPECT_EQ(values, (std::vector<std::optional<double>>{3, 3, std::nullopt, std::nullopt, 3, 3}));
}

TEST_F(HistoryTest, ARateOfABrokenOffBucketIsOverWhatWasSeenOfIt) {
  run(kBegin + seconds(50), 10, 6);  // started ten seconds before the minute was over
  EXPECT_EQ(read(kBegin, kBegin + minutes(1), Millis(60'000)).columns.at(0).values.at(0), 6);
}

TEST_F(HistoryTest, TheArchiveStaysBounded) {
  for (int day = 0; day < 500; ++day) {
    const WallTime at = kBegin + hours(24 * day);
    history_->add(at, 1, one(1, 1));
    ASSERT_TRUE(history_->fold(at));
  }
  EXPECT_LE(archive_.rows(seconds(10)), 2u);
  EXPECT_LE(archive_.rows(minutes(1)), 8u);
  EXPECT_LE(archive_.rows(hours(1)), 367u);
  EXPECT_GE(archive_.rows(hours(1)), 366u);
}

TEST_F(HistoryTest, AFailingArchiveLosesNothingForAnHourAndStaysBounded) {
  archive_.fails = true;
  for (int i = 0; i < 60; ++i) {
    history_->add(kBegin + seconds(i), 1, one(3, 0));
    EXPECT_FALSE(history_->fold(kBegin + seconds(i)));
  }
  EXPECT_FALSE(history_->read({kBegin, kBegin + minutes(1), Millis(60'000), {"requests"}}, kBegin));
  archive_.fails = false;
  EXPECT_EQ(read(kBegin, kBegin + minutes(1), Millis(60'000)).columns.at(0).values.at(0), 3);

  archive_.fails = true;
  for (int i = 0; i < 10'000; ++i) history_->add(kBegin + hours(2) + seconds(i), 1, one(3, 0));
  archive_.fails = false;
  ASSERT_TRUE(history_->fold(kBegin + hours(5)));
  EXPECT_EQ(archive_.rows(minutes(1)), 1u + 61u) << "the last hour of them";
}

TEST_F(HistoryTest, AClockThatGoesBackAddsToWhatIsThere) {
  run(kBegin + minutes(5), 10);
  run(kBegin, 10);
  run(kBegin + minutes(5) + seconds(10), 10);
  const auto values = read(kBegin, kBegin + minutes(6), Millis(60'000)).columns.at(0).values;
  EXPECT_EQ(values, (std::vector<std::optional<double>>{3, std::nullopt, std::nullopt, std::nullopt, std::nullopt, 3}));
}

TEST_F(HistoryTest, TwoSamplesInOneSecondAreOneSecond) {
  history_->add(kBegin + Millis(1), 0.5, one(2, 4));
  history_->add(kBegin + Millis(999), 0.5, one(4, 8));
  const Table table = read(kBegin, kBegin + seconds(1), Millis(1'000), {"requests", "in_flight"});
  EXPECT_EQ(table.columns.at(0).values.at(0), 6);
  EXPECT_EQ(table.columns.at(1).values.at(0), 6);
}

TEST_F(HistoryTest, UnknownNamesAreSaid) {
  run(kBegin, 10);
  const Table table = read(kBegin, kBegin + seconds(10), Millis(10'000), {"requests", "nonsense", "in_flight.p50"});
  EXPECT_EQ(table.unknown, (std::vector<std::string>{"nonsense", "in_flight.p50"}));
  EXPECT_EQ(table.columns.size(), 1u);
}

TEST(HistoryWithoutArchive, TellsTheLastHourInAnyStep) {
  History history(nullptr);
  ASSERT_TRUE(history.open());
  for (int i = 0; i < 7'200; ++i) history.add(kBegin + seconds(i), 1, one(3, 0));
  ASSERT_TRUE(history.fold(kBegin));
  const Table table = *history.read({kBegin, kBegin + hours(2), Millis(3'600'000), {"requests"}}, kBegin + hours(2));
  EXPECT_EQ(table.columns.at(0).values.at(1), 3);
  const Table fine =
      *history.read({kBegin + hours(2) - seconds(3), kBegin + hours(2), Millis(1'000), {"requests"}}, kBegin);
  EXPECT_EQ(fine.columns.at(0).values, (std::vector<std::optional<double>>{3, 3, 3}));
}

TEST(Tiers, TheFinestStepThatFitsAndRemembersIsChosen) {
  const WallTime now = kBegin + hours(24 * 400);
  const auto chosen = [&](Millis back, std::int64_t most) { return choose_step(now - back, now, now, most); };
  EXPECT_EQ(chosen(minutes(5), 1'500), seconds(1));
  EXPECT_EQ(chosen(hours(1), 1'500), seconds(10));
  EXPECT_EQ(chosen(hours(1), 4'000), seconds(1));
  EXPECT_EQ(chosen(hours(24), 10'000), seconds(10));
  EXPECT_EQ(chosen(hours(24), 1'500), minutes(1));
  EXPECT_EQ(chosen(hours(24 * 30), 1'500), hours(1));
  EXPECT_EQ(chosen(hours(24 * 366), 1'500), hours(1));
  EXPECT_EQ(choose_step(now - hours(50), now - hours(49), now, 1'500), minutes(1))
      << "ten seconds are forgotten by then";
}

}  // namespace
}  // namespace ktl::series

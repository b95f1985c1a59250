#include "storage/series/series_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "series/history.h"

namespace ktl::storage {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kBegin{Millis(1'795'392'000'000)};

class SeriesFileTest : public testing::Test {
 protected:
  SeriesFileTest() { std::filesystem::create_directories(folder_); }
  ~SeriesFileTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<SeriesFile> open() {
    auto file = SeriesFile::open(path());
    EXPECT_TRUE(file) << file.error().message;
    return std::move(*file);
  }
  std::string path() const { return folder_ / "history.db"; }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("ktl-series-" + std::to_string(::getpid()));
};

TEST_F(SeriesFileTest, WhatIsWrittenIsThereAfterARestart) {
  ASSERT_TRUE(
      open()->write({.names = {{"가", series::Unit::share, 1}, {"b", series::Unit::count, 0}},
                     .rows = {{10s, kBegin, "ten"}, {60s, kBegin, "sixty"}, {10s, kBegin + 10s, std::string("\0x", 2)}},
                     .forget = {}}));
  const auto file = open();
  const auto names = *file->names();
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].name, "가");
  EXPECT_EQ(names[0].unit, series::Unit::share);
  EXPECT_EQ(names[0].kind, 1);
  EXPECT_EQ(*file->load(10s, kBegin), "ten");
  EXPECT_EQ(*file->load(10s, kBegin + 20s), "");
  const auto rows = *file->range(10s, kBegin, kBegin + 20s);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].bucket, std::string("\0x", 2));
  EXPECT_EQ(file->range(10s, kBegin + 1s, kBegin + 10s)->size(), 0u);
}

TEST_F(SeriesFileTest, ARowIsReplacedAndTheOldIsForgotten) {
  const auto file = open();
  ASSERT_TRUE(file->write({.names = {}, .rows = {{10s, kBegin, "a"}, {60s, kBegin, "b"}}, .forget = {}}));
  ASSERT_TRUE(file->write({.names = {}, .rows = {{10s, kBegin, "c"}}, .forget = {{60s, kBegin + 1s}}}));
  EXPECT_EQ(*file->load(10s, kBegin), "c");
  EXPECT_EQ(*file->load(60s, kBegin), "");
}

TEST_F(SeriesFileTest, NamesKeepTheirNumbers) {
  ASSERT_TRUE(open()->write({.names = {{"a", series::Unit::count, 0}}, .rows = {}, .forget = {}}));
  const auto file = open();
  ASSERT_TRUE(file->write({.names = {{"b", series::Unit::count, 0}}, .rows = {}, .forget = {}}));
  EXPECT_EQ((*file->names())[0].name + (*file->names())[1].name, "ab");
}

TEST_F(SeriesFileTest, ABrokenFileIsPutAsideAndBegunAnew) {
  std::ofstream(path()) << std::string(5'000, 'x');
  EXPECT_TRUE(open()->names()->empty());
  EXPECT_TRUE(std::filesystem::exists(path() + ".broken"));
}

TEST_F(SeriesFileTest, AFileOfANewerProgramIsLeftAlone) {
  open();
  {
    auto database = Database::open(path(), Access::read_write, 1s);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 2"));
  }
  const auto file = SeriesFile::open(path());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::conflict);
  EXPECT_FALSE(std::filesystem::exists(path() + ".broken"));
}

// Two hours of seconds with as many figures as a gateway with four models and two engines has.
TEST_F(SeriesFileTest, TwoHoursStaySmall) {
  const auto file = open();
  series::History history(file.get());
  ASSERT_TRUE(history.open());
  std::vector<series::Point> points;
  for (int i = 0; i < 60; ++i)
    points.push_back({"sum" + std::to_string(i), series::Unit::per_second, series::Sum{1'000}});
  for (int i = 0; i < 24; ++i)
    points.push_back({"level" + std::to_string(i), series::Unit::count, series::level_of(0.1 * i)});
  for (int i = 0; i < 11; ++i)
    points.push_back(
        {"spread" + std::to_string(i), series::Unit::milliseconds, series::Spread{{0, 0, 3, 9, 30, 7, 1}, 999}});
  constexpr int kSeconds = 2 * 3'600;
  for (int i = 0; i < kSeconds; ++i) {
    history.add(kBegin + std::chrono::seconds(i), 1, points);
    if (i % 10 != 9) continue;
    ASSERT_TRUE(history.fold(kBegin + std::chrono::seconds(i)));
  }
  const auto bytes = std::filesystem::file_size(path());
  std::printf("two hours: %.2f MB\n", static_cast<double>(bytes) / 1e6);
  EXPECT_LT(bytes, 2'000'000u);
  const auto table = history.read({kBegin, kBegin + 2h, 60s, {"sum3", "spread2.p95"}}, kBegin + 2h);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->columns[0].values[100], 1'000);
  EXPECT_TRUE(table->columns[1].values[100]);
}

}  // namespace
}  // namespace ktl::storage

#include "telemetry/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "telemetry/captured_lines.h"

namespace ktl::telemetry {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

class LogDirectory : public testing::Test {
 protected:
  LogDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "ktl-log-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~LogDirectory() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST(LineWriter, LinesOfAllThreadsArriveWholeAndOncePerAppend) {
  CapturedLines lines;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string line(static_cast<std::size_t>(20 + t), static_cast<char>('a' + t));
      for (int i = 0; i < 2'000; ++i) lines.writer().append(line + "\n");
    });
  for (auto& thread : threads) thread.join();
  std::istringstream text(lines.text());
  std::array<int, 4> seen{};
  for (std::string line; std::getline(text, line);) {
    ASSERT_FALSE(line.empty());
    const auto t = static_cast<std::size_t>(line[0] - 'a');
    ASSERT_LT(t, 4U);
    ASSERT_EQ(line, std::string(20 + t, line[0]));
    ++seen[t];
  }
  EXPECT_EQ(seen, (std::array<int, 4>{2'000, 2'000, 2'000, 2'000}));
  EXPECT_EQ(lines.writer().dropped(), 0U);
}

TEST(LineWriter, AReaderThatStoppedReadingCostsLinesButNeverBlocks) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  std::uint64_t accepted = 0;
  {
    LineWriter writer(pipe_ends[1], {.max_buffered = 4096, .delay = Millis(1)});
    const std::string line = std::string(99, 'x') + "\n";
    for (int i = 0; i < 10'000; ++i) accepted += writer.append(line) ? 1 : 0;  // 1 MB into a pipe of 64 kB
    EXPECT_LT(accepted, 1'000U);
    EXPECT_EQ(writer.dropped(), 10'000 - accepted);
    // The reader comes back: what was accepted is all there.
    std::size_t bytes = 0;
    std::array<char, 4096> block{};
    while (bytes < accepted * 100) bytes += static_cast<std::size_t>(::read(pipe_ends[0], block.data(), block.size()));
    EXPECT_EQ(bytes, accepted * 100);
  }
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST(LineWriter, WhatTheDiskRefusesIsCountedAsDropped) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  {
    LineWriter writer(full);
    writer.append("a\n");
    writer.append("b\n");
    writer.flush();
    EXPECT_EQ(writer.dropped(), 2U);
  }
  ::close(full);
}

TEST_F(LogDirectory, DestructionWritesOutWhatWaits) {
  const auto path = directory_ / "a.log";
  LineWriter::open(path, {.delay = std::chrono::hours(1)}).value()->append("last words\n");
  EXPECT_EQ(content_of(path), "last words\n");
}

TEST_F(LogDirectory, AfterRotationLinesGoIntoANewFile) {
  const auto path = directory_ / "a.log";
  const auto writer = LineWriter::open(path, {}).value();
  writer->append("one\n");
  writer->flush();
  std::filesystem::rename(path, directory_ / "a.log.1");
  writer->append("two\n");
  writer->flush();
  ASSERT_TRUE(writer->reopen());
  writer->append("three\n");
  writer->flush();
  EXPECT_EQ(content_of(directory_ / "a.log.1"), "one\ntwo\n");
  EXPECT_EQ(content_of(path), "three\n");
}

TEST_F(LogDirectory, APathThatCannotBeOpenedIsAnErrorThatNamesIt) {
  const auto writer = LineWriter::open(directory_ / "no" / "such.log", {});
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().message.find("such.log"), std::string::npos);
}

}  // namespace
}  // namespace ktl::telemetry

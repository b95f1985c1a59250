// The real way of loading, with a library built for it (fake_nvml.cc) in the place of NVIDIA's.
#include "gpu/nvml_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gpu/watcher.h"

namespace ktl::gpu {
namespace {

class NvmlSourceTest : public testing::Test {
 protected:
  NvmlSourceTest() : script_(std::filesystem::temp_directory_path() / ("ktl-nvml-" + std::to_string(::getpid()))) {
    ::setenv("KTL_FAKE_NVML", script_.c_str(), 1);
  }
  ~NvmlSourceTest() override { std::filesystem::remove(script_); }

  void say(std::string_view text) { std::ofstream(script_) << text; }

  std::filesystem::path script_;
  SystemClock clock_;
  NvmlSource source_{clock_, KTL_FAKE_NVML_LIBRARY};
};

TEST_F(NvmlSourceTest, EveryFigureOfEveryCardIsRead) {
  say("driver;550.54.15\n"
      "gpu;NVIDIA H100;GPU-1;1000;600;400;87;40;61;312500;700000;30\n"
      "gpu;NVIDIA RTX 4060;GPU-2;8000;7000;1000;0;0;35;9000;115000;0\n"
      "process;1;4711;1000;/usr/bin/python3\nprocess;1;4712;-;\n");
  const Reading reading = source_.read();
  EXPECT_EQ(reading.state, State::ok);
  EXPECT_EQ(reading.driver_version, "550.54.15");
  ASSERT_EQ(reading.gpus.size(), 2u);
  const Gpu& first = reading.gpus[0];
  EXPECT_EQ(first.name + " " + first.uuid, "NVIDIA H100 GPU-1");
  EXPECT_EQ(first.memory_total_bytes, 1000u);
  EXPECT_EQ(first.memory_free_bytes, 600u);
  EXPECT_EQ(first.memory_used_bytes, 400u);
  EXPECT_DOUBLE_EQ(*first.utilisation, 0.87);
  EXPECT_DOUBLE_EQ(*first.memory_utilisation, 0.4);
  EXPECT_DOUBLE_EQ(*first.temperature_c, 61);
  EXPECT_DOUBLE_EQ(*first.power_w, 312.5);
  EXPECT_DOUBLE_EQ(*first.power_limit_w, 700);
  EXPECT_DOUBLE_EQ(*first.fan_share, 0.3);
  EXPECT_TRUE(first.processes.empty());
  const auto& processes = reading.gpus[1].processes;
  ASSERT_EQ(processes.size(), 2u);
  EXPECT_EQ(processes[0].pid, 4711u);
  EXPECT_EQ(processes[0].name, "python3");
  EXPECT_EQ(processes[0].memory_bytes, 1000u);
  EXPECT_FALSE(processes[1].memory_bytes);
}

TEST_F(NvmlSourceTest, WhatACardDoesNotTellIsAbsent) {
  say("gpu;Passive;GPU-1;-;-;-;-;-;-;-;-;-\n");
  const Reading reading = source_.read();
  ASSERT_EQ(reading.gpus.size(), 1u);
  const Gpu& gpu = reading.gpus[0];
  EXPECT_FALSE(gpu.memory_total_bytes || gpu.memory_used_bytes || gpu.utilisation || gpu.memory_utilisation ||
               gpu.temperature_c || gpu.power_w || gpu.power_limit_w || gpu.fan_share);
  EXPECT_EQ(reading.driver_version, "");
}

TEST_F(NvmlSourceTest, MemoryThatTheDriverKeepsForItselfIsNotUsed) {
  say("gpu;A;GPU-1;1000;600;400;0;0;0;0;0;0;150\n");
  const Gpu gpu = source_.read().gpus.at(0);
  EXPECT_EQ(gpu.memory_total_bytes, 1000u);
  EXPECT_EQ(gpu.memory_free_bytes, 600u);
  EXPECT_EQ(gpu.memory_used_bytes, 250u);
}

TEST_F(NvmlSourceTest, ADriverWithoutACardIsSaid) {
  say("driver;550.54.15\n");
  EXPECT_EQ(source_.read().state, State::no_device);
}

TEST_F(NvmlSourceTest, AFailingDriverIsSaidAndComesBack) {
  say("fail;init;9\n");
  Reading reading = source_.read();
  EXPECT_EQ(reading.state, State::error);
  EXPECT_EQ(reading.reason, "Driver Not Loaded");
  say("gpu;A;GPU-1;1;1;0;0;0;0;0;0;0\n");
  EXPECT_EQ(source_.read().state, State::ok);
  say("gpu;A;GPU-1;1;1;0;0;0;0;0;0;0\nfail;count;999\n");
  reading = source_.read();
  EXPECT_EQ(reading.state, State::error);
  EXPECT_TRUE(reading.gpus.empty());
  say("gpu;A;GPU-1;1;1;0;0;0;0;0;0;0\n");
  EXPECT_EQ(source_.read().gpus.size(), 1u);
}

TEST_F(NvmlSourceTest, MoreProcessesThanAreListedAreNoFailure) {
  std::string text = "gpu;A;GPU-1;1;1;0;0;0;0;0;0;0\n";
  for (int pid = 1; pid <= 300; ++pid) text += "process;0;" + std::to_string(pid) + ";1;/x\n";
  say(text);
  const Reading reading = source_.read();
  EXPECT_EQ(reading.state, State::ok);
  EXPECT_TRUE(reading.gpus[0].processes.empty());
}

TEST(NvmlSource, AMachineWithoutTheLibraryHasNoDriver) {
  const SystemClock clock;
  const Reading reading = NvmlSource(clock, "libnvidia-ml-of-nowhere.so.1").read();
  EXPECT_EQ(reading.state, State::no_driver);
  EXPECT_NE(reading.reason.find("libnvidia-ml-of-nowhere.so.1"), std::string::npos);
}

TEST(NvmlSource, AnotherLibraryOfThatNameIsAnErrorAndNotACrash) {
  const SystemClock clock;
  const Reading reading = NvmlSource(clock, "libm.so.6").read();
  EXPECT_EQ(reading.state, State::error);
  EXPECT_NE(reading.reason.find("nvmlInit_v2"), std::string::npos);
}

// What a command prints, line by line, without blanks at the commas; nothing if it fails.
std::vector<std::vector<std::string>> table_of(const char* command) {
  std::vector<std::vector<std::string>> lines;
  FILE* pipe = ::popen(command, "r");
  if (pipe == nullptr) return lines;
  std::array<char, 1024> text{};
  while (std::fgets(text.data(), static_cast<int>(text.size()), pipe) != nullptr) {
    std::stringstream parts(text.data());
    std::vector<std::string>& line = lines.emplace_back();
    for (std::string part; std::getline(parts >> std::ws, part, ',');)
      line.push_back(part.substr(0, part.find_last_not_of(" \n") + 1));
  }
  if (::pclose(pipe) != 0) lines.clear();
  return lines;
}

TEST(NvmlSource, OnAMachineWithCardsTellsWhatNvidiaSmiTells) {
  const SystemClock clock;
  const Reading reading = NvmlSource(clock).read();
  if (reading.state != State::ok) GTEST_SKIP() << "no card here: " << reading.reason;
  const auto told = table_of(
      "nvidia-smi --format=csv,noheader,nounits "
      "--query-gpu=driver_version,uuid,name,memory.total,memory.used,temperature.gpu,power.limit");
  ASSERT_EQ(told.size(), reading.gpus.size());
  constexpr double kMiB = 1 << 20;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Gpu& gpu = reading.gpus[i];
    ASSERT_EQ(told[i].size(), 7u);
    EXPECT_EQ(told[i][0], reading.driver_version);
    EXPECT_EQ(told[i][1], gpu.uuid);
    EXPECT_EQ(told[i][2], gpu.name);
    EXPECT_NEAR(std::stod(told[i][3]), static_cast<double>(gpu.memory_total_bytes.value()) / kMiB, 1);
    EXPECT_NEAR(std::stod(told[i][4]), static_cast<double>(gpu.memory_used_bytes.value()) / kMiB, 256);
    EXPECT_NEAR(std::stod(told[i][5]), gpu.temperature_c.value(), 10);
    EXPECT_NEAR(std::stod(told[i][6]), gpu.power_limit_w.value(), 1);
  }
}

// Counts its readings, and lets the test wait for them.
class CountingSource final : public Source {
 public:
  explicit CountingSource(State state) : state_(state) {}
  Reading read() override {
    Reading reading;
    reading.state = state_;
    reading.reason = std::to_string(++readings_);
    const std::lock_guard lock(mutex_);
    done_.notify_all();
    return reading;
  }
  void wait_for(int readings) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return readings_ >= readings; });
  }

 private:
  const State state_;
  std::atomic<int> readings_{0};
  std::mutex mutex_;
  std::condition_variable done_;
};

TEST(GpuWatcher, GoesOnReadingAndStopsWithoutWaiting) {
  auto source = std::make_unique<CountingSource>(State::ok);
  CountingSource& counting = *source;
  Watcher watcher(std::move(source), {.interval = Millis(1), .interval_without = std::chrono::hours(1)});
  counting.wait_for(3);
  ASSERT_NE(watcher.newest(), nullptr);
  EXPECT_EQ(watcher.newest()->state, State::ok);
}

TEST(GpuWatcher, IsDestroyedAtOnceWhereThereIsNothingToRead) {
  auto source = std::make_unique<CountingSource>(State::no_driver);
  CountingSource& counting = *source;
  const Watcher watcher(std::move(source), {.interval = Millis(1), .interval_without = std::chrono::hours(1)});
  counting.wait_for(1);
}

}  // namespace
}  // namespace ktl::gpu

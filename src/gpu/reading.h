#pragma once
// What the machine's GPUs say about themselves, at one instant. A card does not tell everything: what it does not tell
// is absent.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace ktl::gpu {

struct Process {
  std::uint32_t pid = 0;
  std::string name;  // of the program, without its folder; empty: not told
  std::optional<std::uint64_t> memory_bytes;
};

struct Gpu {
  unsigned index = 0;
  std::string uuid;
  std::string name;
  std::optional<std::uint64_t> memory_total_bytes;
  std::optional<std::uint64_t> memory_used_bytes;
  std::optional<std::uint64_t> memory_free_bytes;
  std::optional<double> utilisation;         // share of the last moments in which a kernel ran; 0 … 1
  std::optional<double> memory_utilisation;  // … in which memory was read or written
  std::optional<double> temperature_c;
  std::optional<double> power_w;
  std::optional<double> power_limit_w;
  std::optional<double> fan_share;  // 0 … 1
  std::vector<Process> processes;   // that compute
};

enum class State : std::uint8_t {
  ok,
  no_driver,  // this machine has no NVIDIA driver
  no_device,  // a driver, and no card
  error,      // the driver refuses to answer
};
std::string_view name_of(State state);

struct Reading {
  State state = State::no_driver;
  std::string reason;          // English; empty if all is well
  std::string driver_version;  // empty: not told
  std::vector<Gpu> gpus;
  WallTime at{};
};

}  // namespace ktl::gpu

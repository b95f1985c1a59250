#pragma once
// NVIDIA's management library, loaded while the program runs: a machine without a driver needs none, and the program is
// built without NVIDIA's files. Only functions whose C interface has been stable for years are used, declared here by
// what NVIDIA documents (https://docs.nvidia.com/deploy/nvml-api/).
#include <memory>
#include <string>

#include "base/result.h"

namespace ktl::gpu {

// nvmlReturn_t
inline constexpr int kNvmlSuccess = 0;
inline constexpr int kNvmlInsufficientSize = 7;

struct NvmlMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

// The same, but what the driver keeps for itself is no longer part of `used`, as nvidia-smi tells it.
struct NvmlMemory2 {
  unsigned version;  // in: kNvmlMemory2
  unsigned long long total;
  unsigned long long reserved;
  unsigned long long free;
  unsigned long long used;
};
static_assert(sizeof(NvmlMemory2) == 40);
inline constexpr unsigned kNvmlMemory2 = sizeof(NvmlMemory2) | 2U << 24;

struct NvmlUtilization {
  unsigned gpu;     // percent
  unsigned memory;  // percent
};

// Of nvmlDeviceGetComputeRunningProcesses_v2 and _v3.
struct NvmlProcess {
  unsigned pid;
  unsigned long long used_memory;  // ~0: not told
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(NvmlProcess) == 24);

using NvmlDevice = struct NvmlDeviceHandle*;

class NvmlLibrary {
 public:
  // Error not_found: there is no such library here. Error invalid: it lacks a function.
  static Result<std::unique_ptr<NvmlLibrary>> load(const std::string& name);
  ~NvmlLibrary();
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;

  // All give an nvmlReturn_t.
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_string)(int) = nullptr;
  int (*driver_version)(char*, unsigned) = nullptr;
  int (*process_name)(unsigned pid, char*, unsigned) = nullptr;
  int (*device_count)(unsigned*) = nullptr;
  int (*device_by_index)(unsigned, NvmlDevice*) = nullptr;
  int (*device_name)(NvmlDevice, char*, unsigned) = nullptr;
  int (*device_uuid)(NvmlDevice, char*, unsigned) = nullptr;
  int (*memory)(NvmlDevice, NvmlMemory*) = nullptr;
  int (*memory2)(NvmlDevice, NvmlMemory2*) = nullptr;  // nullptr: a driver before 510
  int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
  int (*temperature)(NvmlDevice, int sensor, unsigned*) = nullptr;
  int (*power_usage)(NvmlDevice, unsigned* milliwatts) = nullptr;
  int (*power_limit)(NvmlDevice, unsigned* milliwatts) = nullptr;
  int (*fan_speed)(NvmlDevice, unsigned* percent) = nullptr;
  int (*compute_processes)(NvmlDevice, unsigned* count, NvmlProcess*) = nullptr;  // nullptr: an old driver

 private:
  explicit NvmlLibrary(void* handle) : handle_(handle) {}
  template <class Function>
  bool find(Function& function, const char* name);
  bool find_all();

  void* handle_;
  std::string missing_;
};

}  // namespace ktl::gpu

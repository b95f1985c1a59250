// A library that looks like NVIDIA's to whoever loads it, for tests. What it says stands in the file that the
// environment names, KTL_FAKE_NVML, and is read anew for every call, so that a test can change it while a program runs:
//
//   driver;550.54.15
//   gpu;name;uuid;total;free;used;gpu %;memory %;°C;mW;limit mW;fan %      '-': the card does not tell
//                                                     …;reserved bytes      of `used`, by the driver; missing: an old driver
//   process;gpu;pid;bytes;path                                             the same for bytes
//   fail;init;9                                                            init or count answers with that code
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "gpu/nvml_library.h"

namespace {

using Line = std::vector<std::string>;

constexpr int kNotSupported = 3;

std::vector<Line> lines_of(const std::string& kind) {
  const char* path = std::getenv("KTL_FAKE_NVML");
  std::ifstream file(path == nullptr ? "" : path);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    Line line;
    std::stringstream parts(text);
    for (std::string part; std::getline(parts, part, ';');) line.push_back(part);
    if (!line.empty() && line[0] == kind) lines.push_back(line);
  }
  return lines;
}

int failure_of(const std::string& call) {
  for (const Line& line : lines_of("fail"))
    if (line[1] == call) return std::stoi(line[2]);
  return 0;
}

int give(const std::string& text, char* to, unsigned size) {
  if (text.size() + 1 > size) return ktl::gpu::kNvmlInsufficientSize;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return 0;
}

// A device's handle is its number, one up so that none is null.
std::optional<Line> line_of(ktl::gpu::NvmlDevice device) {
  const auto number = reinterpret_cast<std::uintptr_t>(device) - 1;
  const auto lines = lines_of("gpu");
  if (number >= lines.size()) return std::nullopt;
  return lines[number];
}

template <class Number>
int give_number(ktl::gpu::NvmlDevice device, std::size_t column, Number* to) {
  const auto line = line_of(device);
  if (!line || (*line)[column] == "-") return kNotSupported;
  *to = static_cast<Number>(std::stoull((*line)[column]));
  return 0;
}

}  // namespace

extern "C" {

int nvmlInit_v2() {
  return failure_of("init");
}
int nvmlShutdown() {
  return 0;
}
const char* nvmlErrorString(int code) {
  return code == 9 ? "Driver Not Loaded" : "Unknown Error";
}
int nvmlSystemGetDriverVersion(char* to, unsigned size) {
  const auto lines = lines_of("driver");
  return lines.empty() ? kNotSupported : give(lines[0][1], to, size);
}
int nvmlSystemGetProcessName(unsigned pid, char* to, unsigned size) {
  for (const Line& line : lines_of("process"))
    if (line[2] == std::to_string(pid) && line.size() > 4) return give(line[4], to, size);
  return kNotSupported;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(lines_of("gpu").size());
  return failure_of("count");
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, ktl::gpu::NvmlDevice* device) {
  *device = reinterpret_cast<ktl::gpu::NvmlDevice>(static_cast<std::uintptr_t>(index) + 1);
  return 0;
}
int nvmlDeviceGetName(ktl::gpu::NvmlDevice device, char* to, unsigned size) {
  return give((*line_of(device))[1], to, size);
}
int nvmlDeviceGetUUID(ktl::gpu::NvmlDevice device, char* to, unsigned size) {
  return give((*line_of(device))[2], to, size);
}
int nvmlDeviceGetMemoryInfo(ktl::gpu::NvmlDevice device, ktl::gpu::NvmlMemory* to) {
  const int got = give_number(device, 3, &to->total);
  give_number(device, 4, &to->free);
  give_number(device, 5, &to->used);
  return got;
}
int nvmlDeviceGetMemoryInfo_v2(ktl::gpu::NvmlDevice device, ktl::gpu::NvmlMemory2* to) {
  if (line_of(device)->size() <= 12 || to->version != ktl::gpu::kNvmlMemory2) return kNotSupported;
  give_number(device, 4, &to->free);
  give_number(device, 5, &to->used);
  give_number(device, 12, &to->reserved);
  to->used -= to->reserved;
  return give_number(device, 3, &to->total);
}
int nvmlDeviceGetUtilizationRates(ktl::gpu::NvmlDevice device, ktl::gpu::NvmlUtilization* to) {
  give_number(device, 7, &to->memory);
  return give_number(device, 6, &to->gpu);
}
int nvmlDeviceGetTemperature(ktl::gpu::NvmlDevice device, int sensor, unsigned* to) {
  return sensor == 0 ? give_number(device, 8, to) : kNotSupported;
}
int nvmlDeviceGetPowerUsage(ktl::gpu::NvmlDevice device, unsigned* to) {
  return give_number(device, 9, to);
}
int nvmlDeviceGetEnforcedPowerLimit(ktl::gpu::NvmlDevice device, unsigned* to) {
  return give_number(device, 10, to);
}
int nvmlDeviceGetFanSpeed(ktl::gpu::NvmlDevice device, unsigned* to) {
  return give_number(device, 11, to);
}
int nvmlDeviceGetComputeRunningProcesses_v3(ktl::gpu::NvmlDevice device, unsigned* count, ktl::gpu::NvmlProcess* to) {
  unsigned found = 0;
  for (const Line& line : lines_of("process")) {
    if (std::stoull(line[1]) + 1 != reinterpret_cast<std::uintptr_t>(device)) continue;
    if (found == *count) return ktl::gpu::kNvmlInsufficientSize;
    to[found++] = {static_cast<unsigned>(std::stoul(line[2])), line[3] == "-" ? ~0ULL : std::stoull(line[3]), 0, 0};
  }
  *count = found;
  return 0;
}

}  // extern "C"

#include "gpu/nvml_source.h"

#include <array>

namespace ktl::gpu {
namespace {

constexpr int kGpuSensor = 0;                   // NVML_TEMPERATURE_GPU
constexpr unsigned kMaxProcesses = 256;         // per card; more are not listed
constexpr unsigned long long kNotTold = ~0ULL;  // NVML_VALUE_NOT_AVAILABLE

template <class Ask>
std::string text_of(const Ask& ask) {
  std::array<char, 256> text{};
  if (ask(text.data(), static_cast<unsigned>(text.size() - 1)) != kNvmlSuccess) return {};
  return text.data();
}

template <class Ask>
std::optional<double> number_of(const Ask& ask, double scale) {
  unsigned value = 0;
  if (ask(&value) != kNvmlSuccess) return std::nullopt;
  return value * scale;
}

bool memory_of(const NvmlLibrary& nvml, NvmlDevice device, NvmlMemory& memory) {
  NvmlMemory2 told{kNvmlMemory2, 0, 0, 0, 0};
  if (nvml.memory2 == nullptr || nvml.memory2(device, &told) != kNvmlSuccess)
    return nvml.memory(device, &memory) == kNvmlSuccess;
  memory = {told.total, told.free, told.used};
  return true;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::no_driver:
      return "no_driver";
    case State::no_device:
      return "no_device";
    case State::error:
      return "error";
  }
  return "error";
}

NvmlSource::NvmlSource(const Clock& clock, std::string library) : clock_(clock), name_(std::move(library)) {}

NvmlSource::~NvmlSource() {
  close();
}

void NvmlSource::close() {
  if (library_) library_->shutdown();
  library_.reset();
}

bool NvmlSource::open(Reading& reading) {
  auto library = NvmlLibrary::load(name_);
  if (!library) {
    reading.state = library.error().code == ErrorCode::not_found ? State::no_driver : State::error;
    reading.reason = library.error().message;
    return false;
  }
  if (const int code = (*library)->init(); code != kNvmlSuccess) {
    reading.state = State::error;
    reading.reason = (*library)->error_string(code);
    return false;
  }
  library_ = std::move(*library);
  return true;
}

// Begun anew at the next reading: after a driver's update the library in memory is of no use.
Reading NvmlSource::failed(Reading reading, int code) {
  reading.state = State::error;
  reading.reason = library_->error_string(code);
  reading.gpus.clear();
  close();
  return reading;
}

Reading NvmlSource::read() {
  Reading reading;
  reading.at = clock_.wall();
  if (!library_ && !open(reading)) return reading;
  reading.driver_version = text_of([&](char* text, unsigned size) { return library_->driver_version(text, size); });
  unsigned count = 0;
  if (const int code = library_->device_count(&count); code != kNvmlSuccess) return failed(std::move(reading), code);
  for (unsigned index = 0; index < count; ++index) {
    NvmlDevice device = nullptr;
    if (const int code = library_->device_by_index(index, &device); code != kNvmlSuccess)
      return failed(std::move(reading), code);
    reading.gpus.push_back(read_gpu(index, device));
  }
  reading.state = count == 0 ? State::no_device : State::ok;
  return reading;
}

Gpu NvmlSource::read_gpu(unsigned index, NvmlDevice device) const {
  const NvmlLibrary& nvml = *library_;
  Gpu gpu;
  gpu.index = index;
  gpu.name = text_of([&](char* text, unsigned size) { return nvml.device_name(device, text, size); });
  gpu.uuid = text_of([&](char* text, unsigned size) { return nvml.device_uuid(device, text, size); });
  if (NvmlMemory memory{}; memory_of(nvml, device, memory)) {
    gpu.memory_total_bytes = memory.total;
    gpu.memory_used_bytes = memory.used;
    gpu.memory_free_bytes = memory.free;
  }
  if (NvmlUtilization share{}; nvml.utilization(device, &share) == kNvmlSuccess) {
    gpu.utilisation = share.gpu / 100.0;
    gpu.memory_utilisation = share.memory / 100.0;
  }
  gpu.temperature_c = number_of([&](unsigned* to) { return nvml.temperature(device, kGpuSensor, to); }, 1);
  gpu.power_w = number_of([&](unsigned* to) { return nvml.power_usage(device, to); }, 1e-3);
  gpu.power_limit_w = number_of([&](unsigned* to) { return nvml.power_limit(device, to); }, 1e-3);
  gpu.fan_share = number_of([&](unsigned* to) { return nvml.fan_speed(device, to); }, 1e-2);
  gpu.processes = read_processes(device);
  return gpu;
}

std::vector<Process> NvmlSource::read_processes(NvmlDevice device) const {
  if (library_->compute_processes == nullptr) return {};
  std::array<NvmlProcess, kMaxProcesses> list{};
  unsigned count = kMaxProcesses;
  const int code = library_->compute_processes(device, &count, list.data());
  if (code != kNvmlSuccess || count > kMaxProcesses) return {};
  std::vector<Process> processes;
  for (unsigned i = 0; i < count; ++i) {
    Process process;
    process.pid = list[i].pid;
    if (list[i].used_memory != kNotTold) process.memory_bytes = list[i].used_memory;
    const std::string path =
        text_of([&](char* text, unsigned size) { return library_->process_name(list[i].pid, text, size); });
    process.name = path.substr(path.rfind('/') + 1);
    processes.push_back(std::move(process));
  }
  return processes;
}

}  // namespace ktl::gpu

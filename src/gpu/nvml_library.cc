#include "gpu/nvml_library.h"

#include <dlfcn.h>

namespace ktl::gpu {

Result<std::unique_ptr<NvmlLibrary>> NvmlLibrary::load(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return fail(ErrorCode::not_found, ErrorSource::gateway, why == nullptr ? name + " cannot be loaded" : why);
  }
  std::unique_ptr<NvmlLibrary> library(new NvmlLibrary(handle));
  if (!library->find_all())
    return fail(ErrorCode::invalid, ErrorSource::gateway, name + " has no " + library->missing_);
  return library;
}

NvmlLibrary::~NvmlLibrary() {
  ::dlclose(handle_);
}

template <class Function>
bool NvmlLibrary::find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(handle_, name));
  if (function == nullptr) missing_ = name;
  return function != nullptr;
}

bool NvmlLibrary::find_all() {
  if (!find(compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3"))
    find(compute_processes, "nvmlDeviceGetComputeRunningProcesses_v2");
  find(memory2, "nvmlDeviceGetMemoryInfo_v2");
  return find(init, "nvmlInit_v2") && find(shutdown, "nvmlShutdown") && find(error_string, "nvmlErrorString") &&
         find(driver_version, "nvmlSystemGetDriverVersion") && find(process_name, "nvmlSystemGetProcessName") &&
         find(device_count, "nvmlDeviceGetCount_v2") && find(device_by_index, "nvmlDeviceGetHandleByIndex_v2") &&
         find(device_name, "nvmlDeviceGetName") && find(device_uuid, "nvmlDeviceGetUUID") &&
         find(memory, "nvmlDeviceGetMemoryInfo") && find(utilization, "nvmlDeviceGetUtilizationRates") &&
         find(temperature, "nvmlDeviceGetTemperature") && find(power_usage, "nvmlDeviceGetPowerUsage") &&
         find(power_limit, "nvmlDeviceGetEnforcedPowerLimit") && find(fan_speed, "nvmlDeviceGetFanSpeed");
}

}  // namespace ktl::gpu

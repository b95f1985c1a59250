#pragma once
// Reads NVIDIA GPUs. A library that is not there, or a driver that fails, is looked for again at the next reading: a
// driver may be installed, and comes back after an update.
#include <memory>
#include <string>

#include "gpu/nvml_library.h"
#include "gpu/source.h"

namespace ktl::gpu {

class NvmlSource final : public Source {
 public:
  explicit NvmlSource(const Clock& clock, std::string library = "libnvidia-ml.so.1");
  ~NvmlSource() override;

  Reading read() override;

 private:
  bool open(Reading& reading);
  void close();
  Reading failed(Reading reading, int code);
  Gpu read_gpu(unsigned index, NvmlDevice device) const;
  std::vector<Process> read_processes(NvmlDevice device) const;

  const Clock& clock_;
  const std::string name_;
  std::unique_ptr<NvmlLibrary> library_;  // null: not loaded, or not initialised
};

}  // namespace ktl::gpu

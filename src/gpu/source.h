#pragma once
// Port: somebody who can read the machine's GPUs. Implementation: nvml_source.h.
#include "gpu/reading.h"

namespace ktl::gpu {

class Source {
 public:
  virtual ~Source() = default;
  // May take its time: a driver can be busy for long. Called by one thread at a time.
  virtual Reading read() = 0;
};

}  // namespace ktl::gpu

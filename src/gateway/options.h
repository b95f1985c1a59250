#pragma once
// The gateway's own settings.
#include <cstdint>

#include "base/clock.h"

namespace ktl::gateway {

struct Options {
  std::int64_t max_body_bytes = 10 * 1024 * 1024;
  std::int64_t max_response_bytes = 64 * 1024 * 1024;  // of an answer that is not a stream
  Millis answer_timeout{600'000};       // from dispatch to the first event, or to the whole answer's head
  Millis stream_idle_timeout{120'000};  // between two events
  Millis abort_grace{2'000};            // how long the engine's last word is waited for after an abort
  bool strict_mode = true;              // reserve the worst case
  bool wait_for_disk = false;           // admissions wait until they survive a power loss
  bool log_violations = true;
};

}  // namespace ktl::gateway

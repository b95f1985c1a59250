#pragma once
// How long a refusal asks its client to wait.
#include <optional>

#include "base/clock.h"
#include "net/http_message.h"

namespace ktl::app::bench {

// retry-after-ms, else retry-after in seconds (a date is not understood); nullopt if neither is there and sound.
std::optional<Millis> asked_wait(const net::HeaderList& headers);

}  // namespace ktl::app::bench

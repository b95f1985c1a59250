#pragma once
// One engine, as the operator describes it.
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "scheduler/in_flight_limit.h"

namespace ktl::upstream {

enum class EngineType : std::uint8_t { sglang, vllm };

struct Options {
  std::string name;  // for logs, metrics and admin pages
  EngineType type = EngineType::sglang;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;
  std::string api_key;        // sent as Bearer; empty: none
  std::string admin_api_key;  // for /abort_request and other control calls; empty: the api_key is used
  std::int64_t weight = 1;    // share among the engines of one model
  scheduler::InFlightOptions in_flight;
  Millis queue_timeout{30'000};
  Millis connect_timeout{2'000};
};

}  // namespace ktl::upstream

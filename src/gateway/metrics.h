#pragma once
// The numbers of the journey. Made once in wiring; the series are looked up once per label value and kept.
#include <array>
#include <string>

#include "protocol/endpoint.h"
#include "quota/limits.h"
#include "telemetry/registry.h"

namespace ktl::gateway {

struct Metrics {
  explicit Metrics(telemetry::Registry& registry);

  telemetry::Counter& requests(protocol::Endpoint endpoint, int status);
  telemetry::Counter& refused(quota::LimitKind limit) { return *refused_[static_cast<std::size_t>(limit)]; }

  telemetry::Counter& prompt_tokens;
  telemetry::Counter& completion_tokens;
  telemetry::Counter& cached_tokens;
  telemetry::Counter& bans;
  telemetry::Counter& refused_by_ban;
  telemetry::Counter& refused_by_queue;
  telemetry::Counter& clients_left;
  telemetry::Counter& engine_failures;
  telemetry::Counter& unshared;
  telemetry::Counter& store_refusals;
  telemetry::Gauge& in_flight;
  telemetry::Histogram& duration;
  telemetry::Histogram& first_token;

 private:
  // Status classes that a request can end with, each a counter of its own.
  static constexpr std::array kStatuses{200, 400, 401, 403, 404, 405, 408, 413, 415, 429, 499, 500, 502, 503, 504};
  std::array<std::array<telemetry::Counter*, kStatuses.size()>, protocol::kEndpoints> requests_;
  std::array<telemetry::Counter*, quota::kLimitKinds> refused_;
};

}  // namespace ktl::gateway

#pragma once
// What the pages share between requests.
#include <cstdint>
#include <map>
#include <mutex>

#include "admin/admin.h"
#include "admin/live_feed.h"
#include "admin/live_gauges.h"
#include "telemetry/rate_window.h"

namespace ktl::admin {

struct State {
  explicit State(AdminServices given)
      : services(std::move(given)),
        started(std::chrono::floor<std::chrono::seconds>(services.gateway.clock.wall()).time_since_epoch().count()) {}

  AdminServices services;
  const std::int64_t started;  // seconds since the epoch
  LiveFeed feed;
  std::unique_ptr<LiveGauges> gauges;

  // How fast the gateway itself works: requests, prompt tokens, completion tokens. Called at each request for a page,
  // so that there is always a recent reading.
  using GatewayRates = telemetry::RateWindow<3>;
  GatewayRates::Gain look_at_gateway();

  std::mutex rates_mutex;
  GatewayRates gateway_rates;                                     // guarded by rates_mutex
  using EngineRates = telemetry::RateWindow<3>;                   // prompt, cached, generated tokens
  std::map<const upstream::Upstream*, EngineRates> engine_rates;  // guarded by rates_mutex
};

}  // namespace ktl::admin

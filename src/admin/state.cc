#include "admin/state.h"

namespace ktl::admin {

State::GatewayRates::Gain State::look_at_gateway() {
  const gateway::Metrics& metrics = services.gateway.metrics;
  const auto requests = static_cast<double>(metrics.duration.snapshot().total);
  const auto prompt = static_cast<double>(metrics.prompt_tokens.value());
  const auto completion = static_cast<double>(metrics.completion_tokens.value());
  const std::lock_guard lock(rates_mutex);
  return gateway_rates.look(services.gateway.clock.mono(), {requests, prompt, completion});
}

}  // namespace ktl::admin

#include "app/upstream_options.h"

namespace ktl::app {

upstream::Options upstream_options(const config::Upstream& from, const config::Timeouts& timeouts) {
  upstream::Options options;
  options.name = from.name;
  options.type = from.type == config::EngineType::vllm ? upstream::EngineType::vllm : upstream::EngineType::sglang;
  options.host = from.host;
  options.port = from.port;
  options.api_key = from.api_key.reveal();
  options.admin_api_key = from.admin_api_key.reveal();
  options.weight = from.weight;
  options.in_flight = {.limit = from.max_in_flight, .queue_limit = from.queue.limit};
  options.queue_timeout = from.queue.timeout;
  options.connect_timeout = timeouts.connect;
  return options;
}

}  // namespace ktl::app

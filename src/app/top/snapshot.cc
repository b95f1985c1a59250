#include "app/top/snapshot.h"

#include <simdjson.h>

namespace ktl::app::top {
namespace {

using simdjson::dom::element;

// The member at `path` ("/minute/latency"), or nothing.
std::optional<element> at(const element& from, std::string_view path) {
  element found;
  if (from.at_pointer(path).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

Number number(const element& from, std::string_view path) {
  const auto found = at(from, path);
  double value = 0;
  if (!found || found->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::string text(const element& from, std::string_view path) {
  const auto found = at(from, path);
  std::string_view value;
  if (!found || found->get(value) != simdjson::SUCCESS) return {};
  return std::string(value);
}

Quantiles quantiles(const element& from, const std::string& path) {
  return {number(from, path + "/p50"), number(from, path + "/p95"), number(from, path + "/p99")};
}

template <class Take>
void each(const element& from, std::string_view path, const Take& take) {
  const auto found = at(from, path);
  simdjson::dom::array list;
  if (!found || found->get(list) != simdjson::SUCCESS) return;
  for (const element item : list) take(item);
}

ModelLine model_line(const element& from) {
  return {.name = text(from, "/model"),
          .requests = number(from, "/now/requests_per_second"),
          .prompt_tokens = number(from, "/now/prompt_tokens_per_second"),
          .completion_tokens = number(from, "/now/completion_tokens_per_second"),
          .first_token = quantiles(from, "/minute/latency/first_token_ms"),
          .inter_token = quantiles(from, "/minute/latency/inter_token_ms")};
}

EngineLine engine_line(const element& from) {
  return {.name = text(from, "/name"),
          .status = text(from, "/status"),
          .running = number(from, "/running_requests"),
          .waiting = number(from, "/waiting_requests"),
          .kv_share = number(from, "/kv/used_share"),
          .hit_rate = number(from, "/cache_hit_rate"),
          .prefill = number(from, "/prefill_tokens_per_second"),
          .decode = number(from, "/decode_tokens_per_second"),
          .in_flight = number(from, "/gateway/in_flight"),
          .in_flight_limit = number(from, "/gateway/in_flight_limit"),
          .queue = number(from, "/gateway/queue_length")};
}

GpuLine gpu_line(const element& from) {
  return {.index = number(from, "/index"),
          .utilisation = number(from, "/utilisation"),
          .memory_used = number(from, "/memory/used_bytes"),
          .memory_total = number(from, "/memory/total_bytes"),
          .temperature = number(from, "/temperature_c"),
          .power = number(from, "/power_w"),
          .name = text(from, "/name")};
}

void read_refusals(const element& from, Snapshot& snapshot) {
  const auto found = at(from, "/minute/refused");
  simdjson::dom::object reasons;
  if (!found || found->get(reasons) != simdjson::SUCCESS) return;
  for (const auto& [reason, count] : reasons) {
    std::int64_t times = 0;
    if (count.get(times) == simdjson::SUCCESS && times > 0) snapshot.refusals.emplace_back(reason, times);
  }
}

}  // namespace

std::optional<Snapshot> read_snapshot(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object()) return std::nullopt;
  Snapshot snapshot;
  snapshot.version = text(root, "/version");
  snapshot.at_ms = number(root, "/at_ms");
  snapshot.started_ms = number(root, "/started_ms");
  snapshot.requests = number(root, "/now/requests_per_second");
  snapshot.prompt_tokens = number(root, "/now/prompt_tokens_per_second");
  snapshot.completion_tokens = number(root, "/now/completion_tokens_per_second");
  snapshot.cached_tokens = number(root, "/now/cached_tokens_per_second");
  snapshot.errors = number(root, "/now/errors_per_second");
  snapshot.refused = number(root, "/now/refused_per_second");
  snapshot.in_flight = number(root, "/in_flight");
  snapshot.queue = number(root, "/queue_length");
  snapshot.first_token = quantiles(root, "/minute/latency/first_token_ms");
  snapshot.inter_token = quantiles(root, "/minute/latency/inter_token_ms");
  snapshot.duration = quantiles(root, "/minute/latency/duration_ms");
  read_refusals(root, snapshot);
  each(root, "/degraded", [&](const element& it) {
    snapshot.troubles.push_back({text(it, "/what"), text(it, "/which"), text(it, "/reason"), number(it, "/since_ms")});
  });
  each(root, "/models", [&](const element& it) { snapshot.models.push_back(model_line(it)); });
  each(root, "/engines", [&](const element& it) { snapshot.engines.push_back(engine_line(it)); });
  snapshot.gpu_state = text(root, "/gpu/state");
  each(root, "/gpu/gpus", [&](const element& it) { snapshot.gpus.push_back(gpu_line(it)); });
  return snapshot;
}

}  // namespace ktl::app::top

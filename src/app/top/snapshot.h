#pragma once
// What `token-limiter top` shows of a sample: read from the JSON of /admin/overview. Reading is total: a member that is
// missing, or of another kind, is not known.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktl::app::top {

using Number = std::optional<double>;

struct Quantiles {
  Number p50, p95, p99;  // ms
};

struct ModelLine {
  std::string name;
  Number requests, prompt_tokens, completion_tokens;  // a second
  Quantiles first_token, inter_token;
};

struct EngineLine {
  std::string name, status;
  Number running, waiting, kv_share, hit_rate, prefill, decode;
  Number in_flight, in_flight_limit, queue;
};

struct GpuLine {
  Number index, utilisation, memory_used, memory_total, temperature, power;
  std::string name;
};

struct Trouble {
  std::string what, which, reason;
  Number since_ms;
};

struct Snapshot {
  std::string version;
  Number at_ms, started_ms;
  std::vector<Trouble> troubles;
  Number requests, prompt_tokens, completion_tokens, cached_tokens, errors, refused;  // a second
  Number in_flight, queue;
  Quantiles first_token, inter_token, duration;
  std::vector<std::pair<std::string, std::int64_t>> refusals;  // in the last minute, by reason; those that occurred
  std::vector<ModelLine> models;
  std::vector<EngineLine> engines;
  std::string gpu_state;
  std::vector<GpuLine> gpus;
};

// nullopt: no JSON object.
std::optional<Snapshot> read_snapshot(std::string_view json);

}  // namespace ktl::app::top

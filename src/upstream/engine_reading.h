#pragma once
// What an engine says about its load, whichever way it says it: SGLang's /v1/loads and /metrics, vLLM's /metrics. What
// it does not say stays unknown. Reading is pure and total: nonsense reads as silence.
#include <cstdint>
#include <optional>
#include <string_view>

namespace ktl::upstream {

// Counters of the engine's life; they start anew with it.
struct EngineCounters {
  double prompt_tokens = 0;     // that went through prefill, cached ones included
  double cached_tokens = 0;     // of these, found in the prefix cache
  double generated_tokens = 0;  // decoded
  double retractions = 0;       // requests thrown out of the batch for want of room in the KV cache
};

struct EngineReading {
  bool answered = false;
  std::optional<double> running;            // requests
  std::optional<double> waiting;            // requests
  std::optional<double> max_running;        // requests that may run at once
  std::optional<double> used_tokens;        // of the KV cache
  std::optional<double> evictable_tokens;   // of the KV cache: only kept in case they are asked for again
  std::optional<double> capacity_tokens;    // of the KV cache
  std::optional<double> kv_share;           // 0 … 1
  std::optional<double> tokens_per_second;  // generated, as the engine measures it
  std::optional<double> weight_gb;          // memory
  std::optional<double> kv_cache_gb;
  std::optional<EngineCounters> counters;
};

// SGLang's /v1/loads, in either of its forms; summed over data-parallel ranks.
void read_loads(std::string_view json, EngineReading& reading);

// /metrics of SGLang ("sglang:…") or vLLM ("vllm:…"), summed over labels. Fills what is not known yet. SGLang's
// cache_hit_rate gauge is not read: it tells of the last batch only, and is overwritten with 0.
void read_metrics(std::string_view text, EngineReading& reading);

}  // namespace ktl::upstream

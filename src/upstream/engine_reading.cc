#include "upstream/engine_reading.h"

#include <charconv>

#include "protocol/json_cursor.h"
#include "telemetry/prometheus_samples.h"

namespace ktl::upstream {
namespace {

using protocol::JsonCursor;
using protocol::JsonKind;
using protocol::JsonString;
using telemetry::Sample;

constexpr int kMaxDepth = 32;

void add(std::optional<double>& sum, double value) {
  sum = sum.value_or(0) + value;
}

// Reads the next value; nullopt (and the value passed over) if it is no number.
std::optional<double> number_or_skip(JsonCursor& in) {
  std::string_view digits;
  if (in.peek() != JsonKind::number) {
    in.skip();
    return std::nullopt;
  }
  double value = 0;
  if (!in.read_number(digits)) return std::nullopt;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

// Adds the numbers of the object that comes next, by name.
template <class Take>
void each_number(JsonCursor& in, const Take& take) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString name; in.next_member(name);) {
    if (const auto value = number_or_skip(in)) take(name, *value);
  }
}

void read_rank(JsonCursor& in, EngineReading& reading) {
  in.enter_object();
  for (JsonString name; in.next_member(name);) {
    if (name.is("memory")) {
      each_number(in, [&](const JsonString& part, double value) {
        if (part.is("weight_gb")) add(reading.weight_gb, value);
        if (part.is("kv_cache_gb")) add(reading.kv_cache_gb, value);
      });
      continue;
    }
    const auto value = number_or_skip(in);
    if (!value) continue;
    if (name.is("num_running_reqs")) add(reading.running, *value);
    if (name.is("num_waiting_reqs")) add(reading.waiting, *value);
    if (name.is("max_running_requests")) add(reading.max_running, *value);
    if (name.is("num_used_tokens")) add(reading.used_tokens, *value);
    if (name.is("max_total_num_tokens")) add(reading.capacity_tokens, *value);
    if (name.is("gen_throughput")) add(reading.tokens_per_second, *value);
  }
}

// Some counters exist in several families of one engine; the later name is only used where the earlier is absent.
struct MetricSums {
  std::optional<double> running, waiting, used, evictable, capacity, throughput, kv_share, kv_share_count;
  std::optional<double> input, hits;      // sglang:prefill_effective_tokens_total
  std::optional<double> computed, found;  // sglang:realtime_tokens_total, prefill modes
  std::optional<double> generated, retractions;

  void take(const Sample& sample);
  void take_sglang(std::string_view name, const Sample& sample);
  void take_vllm(std::string_view name, const Sample& sample);
};

void MetricSums::take(const Sample& sample) {
  constexpr std::string_view kSglang = "sglang:";
  constexpr std::string_view kVllm = "vllm:";
  if (sample.name.starts_with(kSglang)) take_sglang(sample.name.substr(kSglang.size()), sample);
  if (sample.name.starts_with(kVllm)) take_vllm(sample.name.substr(kVllm.size()), sample);
}

void MetricSums::take_sglang(std::string_view name, const Sample& sample) {
  // Ranks of one tensor-parallel group tell the same story; series by priority are parts of the one without.
  const std::string_view rank = sample.label("tp_rank");
  if ((!rank.empty() && rank != "0") || !sample.label("priority").empty()) return;
  const std::string_view mode = sample.label("mode");
  if (name == "num_running_reqs") add(running, sample.value);
  if (name == "num_queue_reqs") add(waiting, sample.value);
  if (name == "num_used_tokens") add(used, sample.value);
  if (name == "kv_evictable_tokens") add(evictable, sample.value);
  if (name == "max_total_num_tokens") add(capacity, sample.value);
  if (name == "num_retracted_requests_total") add(retractions, sample.value);
  if (name == "gen_throughput") add(throughput, sample.value);
  if (name == "prefill_effective_tokens_total") {
    add(input, sample.value);
    add(hits, mode.ends_with("_hit") ? sample.value : 0);
  }
  if (name == "realtime_tokens_total") {
    if (mode == "prefill_compute") add(computed, sample.value);
    if (mode == "prefill_cache") add(found, sample.value);
    if (mode == "decode") add(generated, sample.value);
  }
}

void MetricSums::take_vllm(std::string_view name, const Sample& sample) {
  if (name == "num_requests_running") add(running, sample.value);
  if (name == "num_requests_waiting") add(waiting, sample.value);
  if (name == "kv_cache_usage_perc") {
    add(kv_share, sample.value);
    add(kv_share_count, 1);
  }
  if (name == "prefix_cache_queries_total") add(input, sample.value);
  if (name == "prefix_cache_hits_total") add(hits, sample.value);
  if (name == "generation_tokens_total") add(generated, sample.value);
  if (name == "num_preemptions_total") add(retractions, sample.value);
}

void keep(std::optional<double>& known, const std::optional<double>& said) {
  if (!known) known = said;
}

void set_share(EngineReading& reading) {
  if (reading.kv_share || !reading.used_tokens || reading.capacity_tokens.value_or(0) <= 0) return;
  reading.kv_share = *reading.used_tokens / *reading.capacity_tokens;
}

}  // namespace

void read_loads(std::string_view json, EngineReading& reading) {
  EngineReading said = reading;
  JsonCursor in(json, kMaxDepth);
  if (!in.enter_object()) return;
  for (JsonString name; in.next_member(name);) {
    if (!name.is("loads") || in.peek() != JsonKind::array) {
      in.skip();
      continue;
    }
    in.enter_array();
    while (in.next_element()) {
      if (in.peek() == JsonKind::object) {
        read_rank(in, said);
      } else {
        in.skip();
      }
    }
  }
  if (!in.ok() || !in.at_end()) return;
  set_share(said);
  reading = said;
}

void read_metrics(std::string_view text, EngineReading& reading) {
  MetricSums sums;
  telemetry::for_each_sample(text, [&sums](const Sample& sample) { sums.take(sample); });
  keep(reading.running, sums.running);
  keep(reading.waiting, sums.waiting);
  keep(reading.used_tokens, sums.used);
  keep(reading.evictable_tokens, sums.evictable);
  keep(reading.capacity_tokens, sums.capacity);
  keep(reading.tokens_per_second, sums.throughput);
  if (sums.kv_share) keep(reading.kv_share, *sums.kv_share / *sums.kv_share_count);
  set_share(reading);
  const bool prefill_known = sums.input || sums.computed || sums.found;
  if (!prefill_known && !sums.generated) return;
  EngineCounters counters;
  counters.generated_tokens = sums.generated.value_or(0);
  counters.retractions = sums.retractions.value_or(0);
  if (sums.input) {
    counters.prompt_tokens = *sums.input;
    counters.cached_tokens = sums.hits.value_or(0);
  } else {
    counters.cached_tokens = sums.found.value_or(0);
    counters.prompt_tokens = counters.cached_tokens + sums.computed.value_or(0);
  }
  reading.counters = counters;
}

}  // namespace ktl::upstream

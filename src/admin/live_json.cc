#include "admin/live_json.h"

#include <cmath>
#include <optional>

#include "telemetry/histogram.h"

namespace ktl::admin {
namespace {

using monitor::EngineFigures;
using monitor::EngineSample;
using monitor::Gain;
using monitor::ModelTally;
using monitor::Sample;
using monitor::Spread;
using monitor::Tally;

std::int64_t ms(WallTime at) {
  return at.time_since_epoch().count();
}

std::optional<std::string_view> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

double rounded(double value) {
  return std::round(value * 1e3) / 1e3;
}

std::optional<double> rounded(const std::optional<double>& value) {
  return value ? std::optional(std::round(*value * 1e4) / 1e4) : value;
}

// An engine may say anything, also what no integer holds.
std::optional<std::int64_t> whole(const std::optional<double>& value) {
  constexpr double kLargest = 9e15;
  if (!value || !(std::fabs(*value) < kLargest)) return std::nullopt;
  return std::llround(*value);
}

// Microseconds' histogram in milliseconds.
void write_spread(JsonWriter& json, std::string_view name, const Spread& spread) {
  static const telemetry::HistogramShape shape = telemetry::latency_shape();
  const std::uint64_t count = spread.total();
  const auto quantile = [&](double q) -> std::optional<double> {
    return count == 0 ? std::nullopt : std::optional(rounded(telemetry::quantile(shape, spread.counts, q) / 1e3));
  };
  std::optional<double> mean;
  if (count > 0) mean = rounded(static_cast<double>(spread.sum) / static_cast<double>(count) / 1e3);
  json.key(name).begin_object().field("count", count);
  json.field("p50", quantile(0.5)).field("p95", quantile(0.95)).field("p99", quantile(0.99)).field("mean", mean);
  json.end_object();
}

// Rates that a model and the whole gateway have alike.
template <class Counts>
void write_rates(JsonWriter& json, const Gain& gain, const Counts& counts, std::uint64_t refused) {
  const auto rate = [&](std::string_view name, std::uint64_t amount) {
    json.field(name, rounded(gain.per_second(amount)));
  };
  rate("requests_per_second", counts.requests);
  rate("prompt_tokens_per_second", counts.prompt_tokens);
  rate("completion_tokens_per_second", counts.completion_tokens);
  rate("cached_tokens_per_second", counts.cached_tokens);
  rate("errors_per_second", counts.errors);
  rate("refused_per_second", refused);
}

void write_traffic(JsonWriter& json, const Gain& gain) {
  write_rates(json, gain, gain.tally, gain.tally.all_refused());
  json.field("clients_left_per_second", rounded(gain.per_second(gain.tally.clients_left)));
}

void write_refused(JsonWriter& json, const Tally& tally) {
  json.key("refused").begin_object();
  for (std::size_t kind = 0; kind < monitor::kRefusalKinds; ++kind)
    json.field(monitor::name_of_refusal(kind), tally.refused[kind]);
  json.end_object();
}

void write_minute(JsonWriter& json, const Gain& gain) {
  Spread first_token, inter_token;
  for (const ModelTally& model : gain.tally.models) {
    add(first_token, model.first_token);
    add(inter_token, model.inter_token);
  }
  json.key("minute").begin_object();
  write_traffic(json, gain);
  write_refused(json, gain.tally);
  json.key("latency").begin_object();
  write_spread(json, "first_token_ms", first_token);
  write_spread(json, "inter_token_ms", inter_token);
  write_spread(json, "duration_ms", gain.tally.duration);
  json.end_object().end_object();
}

template <class Counts>
void write_counts(JsonWriter& json, const Counts& counts) {
  json.field("requests", counts.requests)
      .field("prompt_tokens", counts.prompt_tokens)
      .field("completion_tokens", counts.completion_tokens)
      .field("cached_tokens", counts.cached_tokens)
      .field("errors", counts.errors);
}

void write_totals(JsonWriter& json, const Tally& tally) {
  json.key("totals").begin_object();
  write_counts(json, tally);
  json.field("clients_left", tally.clients_left).field("bans", tally.bans).field("unshared", tally.unshared);
  write_refused(json, tally);
  json.key("statuses").begin_object();
  for (std::size_t i = 0; i < tally.statuses.size(); ++i)
    if (tally.statuses[i] > 0) json.field(std::to_string(gateway::Metrics::kStatuses[i]), tally.statuses[i]);
  json.end_object().end_object();
}

void write_models(JsonWriter& json, const Sample& sample) {
  json.key("models").begin_array();
  for (std::size_t i = 0; i < sample.totals.models.size(); ++i) {
    const ModelTally& now = sample.now.tally.models[i];
    const ModelTally& minute = sample.minute.tally.models[i];
    const ModelTally& totals = sample.totals.models[i];
    json.begin_object().field("model", totals.model);
    json.key("now").begin_object();
    write_rates(json, sample.now, now, now.refused);
    json.end_object().key("minute").begin_object();
    write_rates(json, sample.minute, minute, minute.refused);
    json.key("latency").begin_object();
    write_spread(json, "first_token_ms", minute.first_token);
    write_spread(json, "inter_token_ms", minute.inter_token);
    json.end_object().end_object().key("totals").begin_object();
    write_counts(json, totals);
    json.field("refused", totals.refused).end_object().end_object();
  }
  json.end_array();
}

void write_store(JsonWriter& json, const monitor::StoreState& store) {
  json.key("store").begin_object();
  json.field("kind", store.kind).field("accepting", store.accepting).field("lost", store.lost);
  json.field("reason", if_any(store.reason));
  json.field("lag_entries", store.lag_entries).field("lag_ms", store.lag_milliseconds);
  json.field("on_store_loss", if_any(store.on_loss)).end_object();
}

void write_troubles(JsonWriter& json, const Sample& sample) {
  json.key("degraded").begin_array();
  for (const monitor::Trouble& trouble : sample.troubles) {
    json.begin_object().field("what", name_of(trouble.kind)).field("which", trouble.which);
    json.field("since_ms", ms(trouble.since)).field("reason", if_any(trouble.reason));
    if (trouble.kind == monitor::Trouble::Kind::store_lost) json.field("on_store_loss", if_any(sample.store.on_loss));
    json.end_object();
  }
  json.end_array();
}

void write_gate(JsonWriter& json, const EngineSample& engine) {
  json.key("gateway").begin_object();
  json.field("in_flight", engine.in_flight).field("in_flight_limit", engine.in_flight_limit);
  json.field("queue_length", engine.queue_length).field("queue_limit", engine.queue_limit);
  json.key("limit_changes").begin_array();
  for (const monitor::LimitChange& change : engine.limit_changes) {
    json.begin_object().field("at_ms", ms(change.at)).field("from", change.from).field("to", change.to);
    json.field("reason", change.reason).end_object();
  }
  json.end_array().end_object();
}

void write_engine(JsonWriter& json, const EngineSample& engine) {
  const EngineFigures& figures = engine.figures;
  const upstream::EngineReading& reading = figures.reading;
  json.begin_object().field("name", engine.name);
  json.field("type", engine.type == upstream::EngineType::vllm ? "vllm" : "sglang");
  json.field("version", if_any(engine.version));
  json.field("status", name_of(figures.status)).field("status_since_ms", ms(engine.status_since));
  std::optional<std::int64_t> age;
  if (figures.reading_age) age = figures.reading_age->count();
  json.field("reading_age_ms", age).field("metrics_enabled", figures.metrics_enabled);
  json.field("running_requests", whole(reading.running)).field("waiting_requests", whole(reading.waiting));
  json.field("max_running_requests", whole(reading.max_running));
  json.key("kv").begin_object();
  json.field("used_tokens", whole(reading.used_tokens)).field("evictable_tokens", whole(reading.evictable_tokens));
  json.field("capacity_tokens", whole(reading.capacity_tokens)).field("used_share", rounded(reading.kv_share));
  std::optional<double> evictable;
  if (reading.evictable_tokens && reading.capacity_tokens.value_or(0) > 0)
    evictable = *reading.evictable_tokens / *reading.capacity_tokens;
  json.field("evictable_share", rounded(evictable)).end_object();
  json.field("cache_hit_rate", rounded(figures.cache_hit_rate));
  json.field("cache_hit_rate_total", rounded(figures.cache_hit_rate_total));
  json.field("prefill_tokens_per_second", rounded(figures.prefill_per_second));
  json.field("decode_tokens_per_second", rounded(figures.decode_per_second));
  json.field("retractions_per_minute", rounded(figures.retractions_per_minute));
  json.key("memory").begin_object();
  json.field("weight_gb", rounded(reading.weight_gb)).field("kv_cache_gb", rounded(reading.kv_cache_gb)).end_object();
  write_gate(json, engine);
  json.end_object();
}

void write_engines(JsonWriter& json, const Sample& sample) {
  json.key("engines").begin_array();
  for (const EngineSample& engine : sample.engines) write_engine(json, engine);
  json.end_array();
}

void write_gpu(JsonWriter& json, const gpu::Gpu& gpu) {
  json.begin_object().field("index", gpu.index).field("uuid", if_any(gpu.uuid)).field("name", if_any(gpu.name));
  json.key("memory").begin_object().field("used_bytes", gpu.memory_used_bytes);
  json.field("total_bytes", gpu.memory_total_bytes).field("free_bytes", gpu.memory_free_bytes).end_object();
  json.field("utilisation", gpu.utilisation).field("memory_utilisation", gpu.memory_utilisation);
  json.field("temperature_c", gpu.temperature_c)
      .field("power_w", gpu.power_w)
      .field("power_limit_w", gpu.power_limit_w);
  json.field("fan_share", gpu.fan_share).key("processes").begin_array();
  for (const gpu::Process& process : gpu.processes) {
    json.begin_object().field("pid", process.pid).field("name", if_any(process.name));
    json.field("memory_bytes", process.memory_bytes).end_object();
  }
  json.end_array().end_object();
}

void write_gpus(JsonWriter& json, const Sample& sample) {
  json.begin_object();
  if (!sample.gpu) {
    json.field("state", "unknown").field("reason", std::optional<std::string_view>());
    json.field("driver_version", std::optional<std::string_view>()).field("at_ms", std::optional<std::int64_t>());
    json.key("gpus").begin_array().end_array().end_object();
    return;
  }
  const gpu::Reading& reading = *sample.gpu;
  json.field("state", gpu::name_of(reading.state)).field("reason", if_any(reading.reason));
  json.field("driver_version", if_any(reading.driver_version)).field("at_ms", ms(reading.at));
  json.key("gpus").begin_array();
  for (const gpu::Gpu& gpu : reading.gpus) write_gpu(json, gpu);
  json.end_array().end_object();
}

}  // namespace

std::string overview_json(const Sample& sample, std::string_view version) {
  JsonWriter json;
  json.begin_object();
  json.field("sequence", sample.sequence).field("at_ms", ms(sample.at)).field("interval_ms", sample.interval.count());
  json.field("started_ms", ms(sample.started)).field("version", version).field("draining", sample.draining);
  write_troubles(json, sample);
  write_store(json, sample.store);
  json.key("now").begin_object();
  write_traffic(json, sample.now);
  json.end_object();
  write_minute(json, sample.minute);
  json.field("window_seconds", rounded(sample.minute.seconds));
  json.field("in_flight", sample.in_flight).field("queue_length", sample.queue_length);
  json.field("open_reservations", sample.open_reservations);
  write_totals(json, sample.totals);
  write_models(json, sample);
  write_engines(json, sample);
  json.key("gpu");
  write_gpus(json, sample);
  json.end_object();
  return json.take();
}

std::string gpu_json(const Sample& sample) {
  JsonWriter json;
  write_gpus(json, sample);
  return json.take();
}

std::string engines_json(const Sample& sample) {
  JsonWriter json;
  json.begin_object().field("at_ms", ms(sample.at)).field("sequence", sample.sequence);
  write_engines(json, sample);
  json.end_object();
  return json.take();
}

}  // namespace ktl::admin

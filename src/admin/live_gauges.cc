#include "admin/live_gauges.h"

#include <limits>
#include <optional>

namespace ktl::admin {
namespace {

using monitor::EngineSample;

constexpr std::size_t kMaxGpus = 64;

double number(const std::optional<double>& known) {
  return known.value_or(std::numeric_limits<double>::quiet_NaN());
}

std::optional<double> number_of(const std::optional<std::uint64_t>& known) {
  return known ? std::optional(static_cast<double>(*known)) : std::nullopt;
}

std::optional<double> evictable_share(const upstream::EngineReading& reading) {
  if (!reading.evictable_tokens || reading.capacity_tokens.value_or(0) <= 0) return std::nullopt;
  return *reading.evictable_tokens / *reading.capacity_tokens;
}

}  // namespace

LiveGauges::LiveGauges(telemetry::Registry& registry, const LiveFeed& feed, const std::vector<std::string>& engines)
    : registry_(registry), feed_(feed), engines_(engines) {
  engine_gauge("token_limiter_engine_responding", "1: the engine tells its load; 0: it is silent or gone.",
               [](const EngineSample& e) { return e.figures.status == monitor::EngineStatus::healthy ? 1.0 : 0.0; });
  engine_gauge("token_limiter_engine_running_requests", "Requests in the engine's batch, as it says.",
               [](const EngineSample& e) { return e.figures.reading.running; });
  engine_gauge("token_limiter_engine_waiting_requests", "Requests in the engine's own queue, as it says.",
               [](const EngineSample& e) { return e.figures.reading.waiting; });
  engine_gauge("token_limiter_engine_kv_used_ratio", "Share of the engine's KV cache in use.",
               [](const EngineSample& e) { return e.figures.reading.kv_share; });
  engine_gauge("token_limiter_engine_kv_evictable_ratio", "Share of the engine's KV cache that is only kept for reuse.",
               [](const EngineSample& e) { return evictable_share(e.figures.reading); });
  engine_gauge("token_limiter_engine_cache_hit_ratio",
               "Share of the last minute's prompt tokens that the engine found in its cache.",
               [](const EngineSample& e) { return e.figures.cache_hit_rate; });
  engine_gauge("token_limiter_engine_prefill_tokens_per_second", "Prompt tokens computed, mean of the last 10 s.",
               [](const EngineSample& e) { return e.figures.prefill_per_second; });
  engine_gauge("token_limiter_engine_decode_tokens_per_second", "Tokens generated, mean of the last 10 s.",
               [](const EngineSample& e) { return e.figures.decode_per_second; });
}

void LiveGauges::engine_gauge(std::string_view name, std::string_view help, const EngineFigure& figure) {
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const auto read = [this, figure, i] {
      const FramePtr newest = feed_.newest();
      if (!newest || i >= newest->sample->engines.size()) return number(std::nullopt);
      return number(figure(newest->sample->engines[i]));
    };
    registry_.sampled_gauge(name, help, read, {{"upstream", engines_[i]}});
  }
}

void LiveGauges::meet(const monitor::Sample& sample) {
  if (!sample.gpu) return;
  const auto& gpus = sample.gpu->gpus;
  for (; gpus_ < gpus.size() && gpus_ < kMaxGpus; ++gpus_) add_gpu(gpus[gpus_]);
}

// A card is known by its place; the uuid is that of the card that was first met there.
void LiveGauges::add_gpu(const gpu::Gpu& gpu) {
  const telemetry::Labels labels{{"gpu", std::to_string(gpu.index)}, {"uuid", gpu.uuid}, {"name", gpu.name}};
  const auto gauge = [&](std::string_view name, std::string_view help, GpuFigure figure) {
    const auto read = [this, figure = std::move(figure), place = std::size_t{gpu.index}] {
      const FramePtr newest = feed_.newest();
      if (!newest || !newest->sample->gpu || place >= newest->sample->gpu->gpus.size()) return number(std::nullopt);
      return number(figure(newest->sample->gpu->gpus[place]));
    };
    registry_.sampled_gauge(name, help, read, labels);
  };
  gauge("token_limiter_gpu_utilisation_ratio", "Share of the last moments in which a kernel ran.",
        [](const gpu::Gpu& g) { return g.utilisation; });
  gauge("token_limiter_gpu_memory_used_bytes", "Memory of the card in use.",
        [](const gpu::Gpu& g) { return number_of(g.memory_used_bytes); });
  gauge("token_limiter_gpu_memory_total_bytes", "Memory of the card.",
        [](const gpu::Gpu& g) { return number_of(g.memory_total_bytes); });
  gauge("token_limiter_gpu_temperature_celsius", "Temperature of the card.",
        [](const gpu::Gpu& g) { return g.temperature_c; });
  gauge("token_limiter_gpu_power_watts", "What the card draws.", [](const gpu::Gpu& g) { return g.power_w; });
}

}  // namespace ktl::admin

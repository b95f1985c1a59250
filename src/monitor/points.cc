#include "monitor/points.h"

namespace ktl::monitor {
namespace {

using series::Point;
using series::Unit;

class Points {
 public:
  void happened(std::string name, std::uint64_t times) {
    list_.push_back({std::move(name), Unit::per_second, series::Sum{times}});
  }
  void stood(std::string name, Unit unit, const std::optional<double>& at) {
    if (at) list_.push_back({std::move(name), unit, series::level_of(*at)});
  }
  void stood(std::string name, std::int64_t at) { stood(std::move(name), Unit::count, static_cast<double>(at)); }
  void took(std::string name, const Spread& spread) {
    series::Spread copy{spread.counts, spread.sum};
    while (!copy.counts.empty() && copy.counts.back() == 0) copy.counts.pop_back();
    list_.push_back({std::move(name), Unit::milliseconds, std::move(copy)});
  }
  std::vector<Point> take() { return std::move(list_); }

 private:
  std::vector<Point> list_;
};

void add_traffic(Points& points, const Tally& gain) {
  points.happened("requests", gain.requests);
  points.happened("prompt_tokens", gain.prompt_tokens);
  points.happened("completion_tokens", gain.completion_tokens);
  points.happened("cached_tokens", gain.cached_tokens);
  points.happened("errors", gain.errors);
  points.happened("clients_left", gain.clients_left);
  points.happened("refused", gain.all_refused());
  for (std::size_t kind = 0; kind < kRefusalKinds; ++kind)
    points.happened("refused." + std::string(name_of_refusal(kind)), gain.refused[kind]);
  Spread first_token, inter_token;
  for (const ModelTally& model : gain.models) {
    add(first_token, model.first_token);
    add(inter_token, model.inter_token);
  }
  points.took("first_token_ms", first_token);
  points.took("inter_token_ms", inter_token);
  points.took("duration_ms", gain.duration);
}

void add_model(Points& points, const ModelTally& gain) {
  const std::string prefix = "model:" + gain.model + ":";
  points.happened(prefix + "requests", gain.requests);
  points.happened(prefix + "prompt_tokens", gain.prompt_tokens);
  points.happened(prefix + "completion_tokens", gain.completion_tokens);
  points.happened(prefix + "refused", gain.refused);
  points.happened(prefix + "errors", gain.errors);
  points.happened(prefix + "hangul_characters", gain.hangul_characters);
  points.happened(prefix + "latin_characters", gain.latin_characters);
  points.happened(prefix + "other_characters", gain.other_characters);
  points.happened(prefix + "korean_tokens", gain.korean_tokens);
  points.happened(prefix + "korean_syllables", gain.korean_syllables);
  points.happened(prefix + "exact_tokens", gain.exact_tokens);
  points.happened(prefix + "estimated_tokens", gain.estimated_tokens);
  points.took(prefix + "first_token_ms", gain.first_token);
  points.took(prefix + "inter_token_ms", gain.inter_token);
}

void add_engine(Points& points, const EngineSample& engine) {
  const std::string prefix = "engine:" + engine.name + ":";
  const EngineFigures& figures = engine.figures;
  const upstream::EngineReading& reading = figures.reading;
  points.stood(prefix + "up", Unit::share, figures.status == EngineStatus::healthy ? 1 : 0);
  points.stood(prefix + "running", Unit::count, reading.running);
  points.stood(prefix + "waiting", Unit::count, reading.waiting);
  points.stood(prefix + "in_flight", engine.in_flight);
  points.stood(prefix + "in_flight_limit", engine.in_flight_limit);
  points.stood(prefix + "queue_length", engine.queue_length);
  points.stood(prefix + "kv_share", Unit::share, reading.kv_share);
  if (reading.evictable_tokens && reading.capacity_tokens.value_or(0) > 0)
    points.stood(prefix + "kv_evictable_share", Unit::share, *reading.evictable_tokens / *reading.capacity_tokens);
  points.stood(prefix + "cache_hit_rate", Unit::share, figures.cache_hit_rate);
  points.stood(prefix + "prefill_tokens", Unit::per_second, figures.prefill_per_second);
  points.stood(prefix + "decode_tokens", Unit::per_second, figures.decode_per_second);
}

std::optional<double> share(const std::optional<std::uint64_t>& part, const std::optional<std::uint64_t>& whole) {
  if (!part || whole.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*part) / static_cast<double>(*whole);
}

void add_gpu(Points& points, const gpu::Gpu& gpu) {
  const std::string prefix = "gpu:" + std::to_string(gpu.index) + ":";
  points.stood(prefix + "utilisation", Unit::share, gpu.utilisation);
  points.stood(prefix + "memory_share", Unit::share, share(gpu.memory_used_bytes, gpu.memory_total_bytes));
  points.stood(prefix + "temperature_c", Unit::celsius, gpu.temperature_c);
  points.stood(prefix + "power_w", Unit::watts, gpu.power_w);
}

}  // namespace

std::vector<Point> points_of(const Sample& sample) {
  if (sample.now.seconds <= 0) return {};
  Points points;
  add_traffic(points, sample.now.tally);
  points.stood("in_flight", sample.in_flight);
  points.stood("queue_length", sample.queue_length);
  for (const ModelTally& model : sample.now.tally.models) add_model(points, model);
  for (const EngineSample& engine : sample.engines) add_engine(points, engine);
  if (sample.gpu)
    for (const gpu::Gpu& gpu : sample.gpu->gpus) add_gpu(points, gpu);
  return points.take();
}

}  // namespace ktl::monitor

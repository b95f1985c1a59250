#include "monitor/engine_history.h"

namespace ktl::monitor {
namespace {

using upstream::EngineReading;

constexpr std::size_t kPrompt = 0, kCached = 1, kGenerated = 2, kRetractions = 3;

void fill(std::optional<double>& known, const std::optional<double>& said) {
  if (!known) known = said;
}

// What /v1/loads does not say, from /metrics.
void complete(EngineReading& reading, const EngineReading& metrics) {
  fill(reading.running, metrics.running);
  fill(reading.waiting, metrics.waiting);
  fill(reading.used_tokens, metrics.used_tokens);
  fill(reading.capacity_tokens, metrics.capacity_tokens);
  fill(reading.kv_share, metrics.kv_share);
  fill(reading.weight_gb, metrics.weight_gb);
  fill(reading.kv_cache_gb, metrics.kv_cache_gb);
  reading.evictable_tokens = metrics.evictable_tokens;
}

}  // namespace

std::string_view name_of(EngineStatus status) {
  switch (status) {
    case EngineStatus::unknown:
      return "unknown";
    case EngineStatus::healthy:
      return "healthy";
    case EngineStatus::silent:
      return "silent";
    case EngineStatus::unreachable:
      return "unreachable";
  }
  return "unknown";
}

void EngineHistory::note_load(MonoTime now, const EngineReading& reading) {
  asked_ = true;
  unreachable_ = false;
  answered_ = load_at_ = now;
  load_ = reading;
}

void EngineHistory::note_metrics(MonoTime now, const EngineReading& reading) {
  asked_ = true;
  unreachable_ = false;
  answered_ = metrics_at_ = now;
  metrics_ = reading;
  metrics_enabled_ = reading.counters.has_value();
  if (!reading.counters) return;
  const upstream::EngineCounters& counters = *reading.counters;
  const Counters::Values values{counters.prompt_tokens, counters.cached_tokens, counters.generated_tokens,
                                counters.retractions};
  recent_gain_ = recent_.look(now, values);
  minute_gain_ = minute_.look(now, values);
}

void EngineHistory::note_no_metrics(MonoTime now) {
  asked_ = true;
  unreachable_ = false;
  answered_ = now;
  metrics_enabled_ = false;
  metrics_at_.reset();
}

void EngineHistory::note_silence(MonoTime /*now*/) {
  asked_ = true;
  unreachable_ = false;
}

void EngineHistory::note_unreachable(MonoTime /*now*/) {
  asked_ = true;
  unreachable_ = true;
}

EngineStatus EngineHistory::status(MonoTime now) const {
  if (!asked_) return EngineStatus::unknown;
  if (unreachable_) return EngineStatus::unreachable;
  return answered_ && now - *answered_ < kSilence ? EngineStatus::healthy : EngineStatus::silent;
}

EngineFigures EngineHistory::figures(MonoTime now) const {
  EngineFigures figures;
  figures.status = status(now);
  figures.metrics_enabled = metrics_enabled_;
  const bool load_fresh = load_at_ && now - *load_at_ < kFigureLife && !unreachable_;
  const bool metrics_fresh = metrics_at_ && now - *metrics_at_ < kCounterLife && !unreachable_;
  if (load_fresh) figures.reading = load_;
  if (metrics_fresh && (load_fresh || !load_at_)) complete(figures.reading, metrics_);
  const auto newest = load_at_ ? load_at_ : metrics_at_;
  if (newest) figures.reading_age = std::chrono::duration_cast<Millis>(now - *newest);
  figures.reading.counters.reset();
  if (!metrics_fresh || !metrics_.counters) return figures;

  const upstream::EngineCounters& life = *metrics_.counters;
  if (life.prompt_tokens > 0) figures.cache_hit_rate_total = life.cached_tokens / life.prompt_tokens;
  const auto& minute = minute_gain_.values;
  if (minute[kPrompt] > 0) figures.cache_hit_rate = minute[kCached] / minute[kPrompt];
  if (recent_gain_.seconds > 0) {
    figures.prefill_per_second = recent_gain_.per_second(kPrompt) - recent_gain_.per_second(kCached);
    figures.decode_per_second = recent_gain_.per_second(kGenerated);
  }
  if (minute_gain_.seconds > 0) figures.retractions_per_minute = minute_gain_.per_second(kRetractions) * 60;
  return figures;
}

}  // namespace ktl::monitor

#pragma once
// What is known of one engine, from the answers it gave and the answers it owes. Pure; not thread-safe.
//
// Only what is fresh is told: an engine that has said nothing for a while has no figures any more, and one whose
// counters are old has no speeds.
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "telemetry/rate_window.h"
#include "upstream/engine_reading.h"

namespace ktl::monitor {

enum class EngineStatus : std::uint8_t {
  unknown,      // not asked yet
  healthy,      // answers
  silent,       // takes connections and says nothing: hung, or stopped
  unreachable,  // no connection
};
std::string_view name_of(EngineStatus status);

struct EngineFigures {
  EngineStatus status = EngineStatus::unknown;
  std::optional<Millis> reading_age;           // of the engine's newest word about itself
  std::optional<bool> metrics_enabled;         // does it tell its counters?
  upstream::EngineReading reading;             // its counters excepted
  std::optional<double> cache_hit_rate;        // of the last minute; 0 … 1
  std::optional<double> cache_hit_rate_total;  // of the engine's life
  std::optional<double> prefill_per_second;    // prompt tokens computed
  std::optional<double> decode_per_second;     // tokens generated
  std::optional<double> retractions_per_minute;
};

class EngineHistory {
 public:
  static constexpr Millis kSilence{1'900};     // after so long without an answer it is silent
  static constexpr Millis kFigureLife{3'000};  // of what it says about its load
  static constexpr Millis kCounterLife{15'000};

  // It answered, and told this of its load; or nothing of use.
  void note_load(MonoTime now, const upstream::EngineReading& reading);
  void note_metrics(MonoTime now, const upstream::EngineReading& reading);
  void note_no_metrics(MonoTime now);
  // It did not answer.
  void note_silence(MonoTime now);
  void note_unreachable(MonoTime now);

  EngineFigures figures(MonoTime now) const;

 private:
  using Counters = telemetry::RateWindow<4>;  // prompt, cached, generated tokens, retractions
  EngineStatus status(MonoTime now) const;

  std::optional<MonoTime> answered_;
  bool unreachable_ = false;
  bool asked_ = false;
  std::optional<MonoTime> load_at_;
  upstream::EngineReading load_;
  std::optional<MonoTime> metrics_at_;
  upstream::EngineReading metrics_;
  std::optional<bool> metrics_enabled_;
  Counters recent_{std::chrono::seconds(10)};
  Counters minute_{std::chrono::seconds(60)};
  Counters::Gain recent_gain_;
  Counters::Gain minute_gain_;
};

}  // namespace ktl::monitor

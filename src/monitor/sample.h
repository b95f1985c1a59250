#pragma once
// One second of the gateway and of everything around it: what a viewer sees, and what the charts are made of. Immutable
// once made; shared by whoever wants it.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gpu/reading.h"
#include "monitor/engine_history.h"
#include "monitor/traffic_window.h"
#include "upstream/options.h"

namespace ktl::monitor {

// Something is not as it should be.
struct Trouble {
  enum class Kind : std::uint8_t {  // in the order of gravity
    store_refuses,                  // no new work is admitted
    store_lost,                     // the store that gateways share does not answer
    engine_unreachable,
    engine_silent,
    draining,
  };
  Kind kind = Kind::draining;
  std::string which;   // the store's kind, the engine's name
  std::string reason;  // English, no secrets; may be empty
  WallTime since{};

  bool same_as(const Trouble& other) const { return kind == other.kind && which == other.which; }
};
std::string_view name_of(Trouble::Kind kind);

struct StoreState {
  std::string kind;
  bool accepting = true;
  bool lost = false;
  std::string reason;
  std::uint64_t lag_entries = 0;
  std::uint64_t lag_milliseconds = 0;
  std::string on_loss;  // empty: the store is this gateway's own
};

// The in-flight limit of an engine was moved.
struct LimitChange {
  WallTime at{};
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string reason;  // one word
};

struct EngineSample {
  std::string name;
  upstream::EngineType type = upstream::EngineType::sglang;
  std::string version;  // empty: not known
  WallTime status_since{};
  EngineFigures figures;
  // The gateway's side.
  std::int64_t in_flight = 0;
  std::int64_t in_flight_limit = 0;
  std::int64_t queue_length = 0;
  std::int64_t queue_limit = 0;
  std::deque<LimitChange> limit_changes;  // newest last
};

struct Sample {
  std::uint64_t sequence = 0;  // 1, 2, … since the start
  WallTime at{};
  Millis interval{0};  // between two samples
  WallTime started{};
  bool draining = false;
  StoreState store;
  Tally totals;
  Gain now;     // since the sample before
  Gain minute;  // of the last 60 s
  std::int64_t in_flight = 0;
  std::int64_t queue_length = 0;
  std::int64_t open_reservations = 0;
  std::vector<EngineSample> engines;
  std::shared_ptr<const gpu::Reading> gpu;  // null: not read yet
  std::vector<Trouble> troubles;
};

}  // namespace ktl::monitor

#pragma once
// One figure over a stretch of time, in a form that can be added to the next stretch without losing what matters: sums
// stay exact, levels keep their mean and their highest, and quantiles are made of counts, never of other quantiles.
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ktl::series {

// Something that happened so often.
struct Sum {
  std::uint64_t total = 0;
  bool operator==(const Sum&) const = default;
};

// Something that stood at some height, looked at `count` times.
struct Level {
  double mean = 0;
  double highest = 0;
  std::uint64_t count = 0;
  bool operator==(const Level&) const = default;
};
inline Level level_of(double value) {
  return {value, value, 1};
}

// Something that took so long, in the buckets of telemetry::latency_shape(); microseconds.
struct Spread {
  std::vector<std::uint64_t> counts;  // may be shorter than the shape: what is not there is 0
  std::int64_t sum = 0;
  bool operator==(const Spread&) const = default;
};

using Value = std::variant<Sum, Level, Spread>;

// Values of two kinds under one name do not add up: then `to` stays as it is.
void merge(Value& to, const Value& more);

enum class Unit : std::uint8_t { per_second, count, share, milliseconds, celsius, watts };
std::string_view name_of(Unit unit);  // "per_second", "count", "share", "ms", "celsius", "watts"

// A name's number in names.h.
enum class NameId : std::uint32_t {};

// All figures of one stretch of time.
struct Bucket {
  double seconds = 0;                            // of it that were looked at
  std::vector<std::pair<NameId, Value>> values;  // ascending

  const Value* find(NameId name) const;
  bool operator==(const Bucket&) const = default;
};

void merge(Bucket& to, const Bucket& more);

}  // namespace ktl::series

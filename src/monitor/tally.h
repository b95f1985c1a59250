#pragma once
// What the gateway has counted since its start, read at one instant; and what it gained between two of them. Plain
// values: everything that is told per second, per minute or in quantiles is made of differences of tallies.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/metrics.h"

namespace ktl::monitor {

// Why requests are refused: the limits, then what follows here.
inline constexpr std::size_t kRefusalKinds = quota::kLimitKinds + 3;
std::string_view name_of_refusal(std::size_t kind);  // "rpm", …, "concurrent", "banned", "queue", "store"

// A histogram's content.
struct Spread {
  std::vector<std::uint64_t> counts;  // as telemetry::Histogram has them
  std::int64_t sum = 0;

  std::uint64_t total() const;
};
void add(Spread& to, const Spread& more);  // of one shape, or empty

struct ModelTally {
  std::string model;
  std::uint64_t requests = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t refused = 0;
  std::uint64_t errors = 0;  // requests that an engine failed
  // Of prompts, as gateway/prompt_script.h says.
  std::uint64_t hangul_characters = 0;
  std::uint64_t latin_characters = 0;
  std::uint64_t other_characters = 0;
  std::uint64_t korean_tokens = 0;
  std::uint64_t korean_syllables = 0;
  std::uint64_t exact_tokens = 0;
  std::uint64_t estimated_tokens = 0;
  Spread first_token;
  Spread inter_token;
};

struct Tally {
  std::uint64_t requests = 0;  // answered, whatever the answer was
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t errors = 0;  // requests that an engine failed
  std::uint64_t clients_left = 0;
  std::uint64_t bans = 0;
  std::uint64_t unshared = 0;
  std::array<std::uint64_t, kRefusalKinds> refused{};
  std::array<std::uint64_t, gateway::Metrics::kStatuses.size()> statuses{};
  Spread duration;
  std::vector<ModelTally> models;  // only grows, at its end

  std::uint64_t all_refused() const;
};

Tally tally_of(const gateway::Metrics& metrics);

// `now` is of the same gateway as `before`, and not older.
Tally gained(const Tally& now, const Tally& before);

}  // namespace ktl::monitor

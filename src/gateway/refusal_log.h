#pragma once
// The latest refusals by limits and bans, for people who ask why; and how many there were of each sort since the start.
// Bounded; thread-safe (one mutex, held for the copy of a few short texts).
#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "quota/limits.h"

namespace ktl::gateway {

struct Refusal {
  WallTime at{};
  std::string request_id;
  std::string user;
  std::string key;    // as it may be shown
  std::string model;  // empty: refused before it was known
  std::string path;
  std::optional<quota::LimitKind> limit;  // nothing: a ban
  ScopeKind kind = ScopeKind::key;        // of whom the limit or ban is
  std::string name;
  std::int64_t allowed = 0;
  std::int64_t used = 0;
  std::int64_t requested = 0;
  std::optional<Millis> retry_after;  // nothing: nobody knows
  bool never = false;                 // the ask alone is bigger than the limit
};

class RefusalLog {
 public:
  static constexpr std::size_t kKept = 1000;
  using Counts = std::array<std::int64_t, quota::kLimitKinds + 1>;  // by LimitKind; the last are bans

  void note(Refusal refusal);
  std::vector<Refusal> latest() const;  // latest first
  Counts counts() const;                // all, also those that are not kept any more

 private:
  mutable std::mutex mutex_;
  std::deque<Refusal> kept_;
  Counts counts_{};
};

}  // namespace ktl::gateway

#pragma once
// Who is shut out for a while: a scope that was refused too often in too short a time, or that an operator banned.
//
// Automatic: `threshold` violations within `window` ban the scope for `duration`; the count then begins anew.
// Manual bans stand until their time or until lifted; violations do not change them.
//
// Pure: `now` is a parameter, and if it goes back the latest seen instant is used. Not thread-safe; the owner
// serialises. Memory: at most `threshold` instants for each scope with a violation within the window, and the bans.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace ktl::quota {

struct BanOptions {
  std::int64_t threshold = 0;  // 0 = never ban by itself
  Millis window{std::chrono::minutes(1)};
  Millis duration{std::chrono::hours(1)};
};

// One ban, as it is listed and persisted.
struct Ban {
  ScopeId scope = ScopeId::none;
  std::optional<WallTime> until;  // the first instant at which it is over; nothing = until lifted
  bool manual = false;
  std::string reason;

  friend bool operator==(const Ban&, const Ban&) = default;
};

struct Banned {
  Ban ban;
  std::optional<Millis> retry_after;  // nothing = until lifted
};

class BanList {
 public:
  explicit BanList(BanOptions options = {}) : options_(options) {}

  // Takes new options (reload); running bans keep their end.
  void set_options(BanOptions options) { options_ = options; }

  // Notes that `scope` was refused for a limit. True if this starts a ban.
  bool violation(ScopeId scope, WallTime now);

  // The ban that stands against `scope` now, if any.
  std::optional<Banned> check(ScopeId scope, WallTime now);

  // Bans by hand; replaces a ban that stands.
  void ban(ScopeId scope, std::optional<WallTime> until, std::string reason);
  // Lifts a ban of either sort and forgets the violations. False if none stood.
  bool unban(ScopeId scope, WallTime now);

  // All bans that stand now, by scope.
  std::vector<Ban> list(WallTime now);
  // Takes over a persisted ban.
  void restore(Ban ban) { bans_[ban.scope] = std::move(ban); }

 private:
  WallTime seen(WallTime now) { return latest_ = std::max(latest_, now); }
  void forget_old(WallTime now);

  BanOptions options_;
  WallTime latest_{};
  std::unordered_map<ScopeId, Ban> bans_;
  std::unordered_map<ScopeId, std::deque<WallTime>> violations_;  // the latest of each, oldest first
  std::size_t next_sweep_ = 64;
};

}  // namespace ktl::quota

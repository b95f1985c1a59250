#pragma once
// Port: limits that several gateways share, decided by a store that all of them reach (storage/redis). One object for
// each event loop; all of it belongs to that loop's thread, and nothing here blocks.
//
// Whoever asks owns a charge id that was never used before. An ask that is admitted is ended in the ledger's journal;
// ended() then passes that on. An ask that failed leaves nothing reserved: the implementation sees to that, however
// long it takes to reach the store again.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "quota/decision.h"
#include "quota/limits.h"

namespace ktl::quota {

// The id of a charge that was admitted while the store was lost: the store will hear of it only when it has ended.
inline constexpr std::uint64_t kUnsharedBit = std::uint64_t{1} << 63;
constexpr ChargeId unshared(ChargeId id) {
  return static_cast<ChargeId>(static_cast<std::uint64_t>(id) | kUnsharedBit);
}
constexpr bool is_unshared(ChargeId id) {
  return (static_cast<std::uint64_t>(id) & kUnsharedBit) != 0;
}

// One owner of limits, and what they are.
struct LimitedScope {
  ScopeKind kind = ScopeKind::user;
  ScopeId id = ScopeId::none;
  Limits limits;
  friend bool operator==(const LimitedScope&, const LimitedScope&) = default;
};

struct SharedAsk {
  ChargeId charge = ChargeId::none;
  std::span<const LimitedScope> scopes;  // of the journal's order: key, user, model, global, groups
  std::int64_t tokens = 0;
};

struct SharedAdmission {
  WallTime at{};                    // by the store's clock
  std::vector<Standing> standing;   // of each scope of the ask, with it; of a lease: without it, if there is news
  ChargeId lease = ChargeId::none;  // what it was taken from
};
// What all gateways together have used of one scope, now and ever.
struct SharedUsage {
  ScopeId scope = ScopeId::none;
  Standing standing;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

using SharedAnswer = std::variant<SharedAdmission, Denied>;

class SharedLimits {
 public:
  virtual ~SharedLimits() = default;

  // False: the store is lost, asking would only take time.
  virtual bool reachable() const = 0;
  // Gateways that were alive when the store was last heard of, this one included; at least 1.
  virtual std::int64_t gateways() const = 0;

  // The same as reserve(), at once and without the store, from what this loop has leased of the limits in advance.
  // Nothing: reserve().
  virtual std::optional<SharedAdmission> take(const SharedAsk& ask) = 0;

  // All scopes and windows or nothing. `ask` and what it refers to must be valid only until the call returns. `done`
  // runs once, on the loop, never within this call. Failure (source storage): the store did not answer.
  virtual void reserve(const SharedAsk& ask, std::function<void(Result<SharedAnswer>)> done) = 0;

  // The ending of `charge` is in the journal; tells the store, again and again until it has understood.
  virtual void ended(ChargeId charge) = 0;
  // Work that was admitted will not be done, and its opening never reached the journal: as if it had not been asked.
  virtual void abandon(const SharedAsk& ask, ChargeId lease) = 0;

  // For pages: how these scopes stand. A key belongs to the last user before it. Terms as for reserve().
  virtual void look(std::span<const LimitedScope> scopes,
                    std::function<void(Result<std::vector<SharedUsage>>)> done) = 0;

  // Told, on the loop, how many more leases it holds.
  virtual void on_leases(std::function<void(int more)> changed) = 0;
};

}  // namespace ktl::quota

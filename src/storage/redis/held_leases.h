#pragma once
// The leases of one event loop: which sets of scopes are busy, what is held for them, what was handed out, what of it
// has ended and must be told, and what is to be kept of a lease that is over. Decides; asks and tells nobody
// (redis_limits.h does). Pure; belongs to its loop's thread.
//
// A lease is for one set of scopes, as their limits were when it was asked for: a change of limits ends it.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "quota/shared_limits.h"
#include "storage/redis/functions.h"
#include "storage/redis/lease.h"
#include "storage/redis/outbox.h"

namespace ktl::storage::redis {

struct HeldLease {
  ChargeId id = ChargeId::none;
  std::vector<LimitedScope> scopes;
  Lease lease;
  std::vector<Told> told;           // when it was granted, with it; empty once that was passed on
  std::vector<OutboxCharge> ended;  // of what it handed out; Redis was not told yet
  bool telling = false;             // a call is under way: the next one waits for its answer
  bool left_to_store = false;       // a call failed: the store tells the rest
  std::optional<LeaseAmount> kept;  // what Redis was last told to keep, once it is over

  bool covers(ScopeId scope) const;
};

class HeldLeases {
 public:
  explicit HeldLeases(LeasePolicy policy) : policy_(policy) {}

  struct Taken {
    ChargeId lease = ChargeId::none;
    WallTime at{};
    bool low = false;                       // time to ask for the next one
    std::vector<quota::Standing> standing;  // of each scope, without what is left of the lease; if there is news
  };
  // Somebody asks. Nothing: ask the store.
  std::optional<Taken> take(const quota::SharedAsk& ask, MonoTime now);
  // What the store told of these scopes when it admitted something.
  void told(std::span<const LimitedScope> scopes, std::vector<Told> told);

  // What to lease for these scopes now, if anything. Then granted() or refused() follows.
  std::optional<LeaseAmount> wanted(std::span<const LimitedScope> scopes, std::int64_t lessees, MonoTime now);
  HeldLease& granted(ChargeId id, std::span<const LimitedScope> scopes, const LeaseAmount& amount,
                     const Admitted& admitted, MonoTime sent);
  void refused(std::span<const LimitedScope> scopes, MonoTime now);

  // What was handed out has ended; null: that lease is not known here.
  HeldLease* ended(const OutboxCharge& charge);
  // What was handed out was never done, nor written down.
  void put_back(ChargeId lease, std::int64_t tokens);

  // Ends the leases from which this scope is paid and that are not over; true if there were any.
  bool close(ScopeId scope, MonoTime now);
  void close_all();

  HeldLease* find(ChargeId lease);
  std::vector<ChargeId> all() const;
  void forget(ChargeId lease);
  std::size_t size() const { return leases_.size(); }

  Millis length() const { return policy_.length; }

 private:
  // One set of scopes.
  struct Busy {
    std::vector<LimitedScope> scopes;
    Demand demand;
    std::vector<Told> told;
    HeldLease* lease = nullptr;
    bool asking = false;
    MonoTime not_before{};
  };
  Busy* find(std::span<const LimitedScope> scopes);
  Busy& at(std::span<const LimitedScope> scopes, MonoTime now);
  void forget_idle(MonoTime now);

  const LeasePolicy policy_;
  std::unordered_map<std::uint64_t, Busy> busy_;  // by a digest of the scopes; the last of two that are alike
  std::unordered_map<std::uint64_t, std::unique_ptr<HeldLease>> leases_;
};

}  // namespace ktl::storage::redis

#pragma once
// Leases: a gateway takes a small part of a busy set of scopes' budget in advance, for a short time, and hands it out
// without asking. One lease is one charge in the store (functions.h): so many requests, tokens and places, counted from
// the moment it is taken, in the slices of its last instant. What it handed out is a charge of its own, which ends
// once, with a line in the ledger; the lease shrinks by it, and when it is over, to what still runs.
//
// Never over: nothing is handed out after the last instant, by a bound of the server's clock that errs to the safe
// side; so whatever is spent is counted at least as long as if it had been asked for when it was spent. The store cuts
// a lease at midnight. A lease whose gateway dies is expired as any charge, at all that was left of it.
//
// Pure; not thread-safe: the owner serialises.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "storage/redis/functions.h"

namespace ktl::storage::redis {

struct LeasePolicy {
  Millis length{1'000};
  std::int64_t least_requests = 4;  // in `length`; for fewer a lease saves nothing
  std::int64_t part = 2;            // all lessees together lease at most 1/part of the room that is left
};

// How often one set of scopes is asked for here, and how much: decaying averages over the last seconds.
class Demand {
 public:
  void asked(std::int64_t tokens, MonoTime now);
  double requests_per_second(MonoTime now) const;
  double tokens_per_request() const { return requests_ > 0 ? tokens_ / requests_ : 0; }

 private:
  double remaining(MonoTime now) const;

  double requests_ = 0;
  double tokens_ = 0;
  MonoTime last_{};
};

// What to lease now, by what the store last told of the scopes (told[i] of scopes[i]); nothing if it is not worth it.
std::optional<LeaseAmount> amount_to_lease(const LeasePolicy& policy, const Demand& demand,
                                           std::span<const LimitedScope> scopes, std::span<const Told> told,
                                           std::int64_t lessees, MonoTime now);

// A lease that was granted.
class Lease {
 public:
  // `sent`: when the call was sent whose answer is `granted`.
  Lease(const LeaseAmount& amount, const Admitted& granted, MonoTime sent);

  // Hands out one request of so many tokens; false if it is over, or has not so much left.
  bool take(std::int64_t tokens, MonoTime now);
  // A request that was handed out has ended, with what it used (requests = 0: its work never started). What it left of
  // its tokens can be handed out again; what it used beyond them is missing.
  void ended(std::int64_t tokens, const Used& used);
  // When the store would admit at `now`, by its clock; or a little later, but not after counted_until.
  WallTime at(MonoTime now) const;

  // Nothing will be handed out any more: it ran out, its time is over, or close().
  bool over(MonoTime now) const;
  void close() { closed_ = true; }
  // It is over and nothing that was handed out still runs.
  bool finished(MonoTime now) const { return running_.requests == 0 && over(now); }
  // A third of it, or less, is left, or of its time.
  bool low(MonoTime now) const;
  const LeaseAmount& left() const { return left_; }
  // What was handed out and has not ended: all that is kept of a lease that is over.
  LeaseAmount running() const;

 private:
  LeaseAmount whole_;
  LeaseAmount left_;     // places: those of the whole
  LeaseAmount running_;  // places: not counted
  WallTime granted_at_;
  MonoTime sent_;
  MonoTime last_;  // at which it may hand out
  bool closed_ = false;
};

}  // namespace ktl::storage::redis

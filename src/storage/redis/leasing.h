#pragma once
// Leases over one loop's connection: asks for them, hands out of them, and tells Redis what became of what was handed
// out, many endings in one call. Belongs to the loop's thread.
//
// A lease stands in the outbox before it is asked for, and what is handed out before it is dispatched, so whatever
// dies, all of it is ended by rule. What a call could not tell is left to the store, which tells it charge by charge.
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "net/event_loop.h"
#include "quota/shared_limits.h"
#include "storage/redis/charge_calls.h"
#include "storage/redis/client.h"
#include "storage/redis/held_leases.h"
#include "storage/redis/shared_state.h"

namespace ktl::storage::redis {

class Leasing {
 public:
  // All outlive it, but `client`: when that ends, its waiting calls end, and then this may.
  Leasing(net::EventLoop& loop, Client& client, const Functions& functions, bool cluster, SharedState& state,
          LeasePolicy policy);
  ~Leasing();  // what is left to tell is left to the store

  std::optional<quota::SharedAdmission> take(const quota::SharedAsk& ask);
  void put_back(ChargeId lease, std::int64_t tokens) { held_.put_back(lease, tokens); }
  // The store admitted something, and told how these scopes stand.
  void told(std::span<const LimitedScope> scopes, std::vector<Told> told);
  void ended(const OutboxCharge& charge);
  // Gives the rest of all leases of this scope back; true if there were any.
  net::Task<bool> give_back(ScopeId scope);
  // Told how many more leases are held.
  void on_held(std::function<void(int more)> changed) { held_changed_ = std::move(changed); }

 private:
  void consider(std::span<const LimitedScope> scopes);
  net::Task<void> ask(std::vector<LimitedScope> scopes, LeaseAmount amount);
  net::Task<void> tell(ChargeId lease);
  net::Task<bool> tell_batch(HeldLease& held, std::vector<OutboxCharge> batch, std::optional<LeaseAmount> keep);
  void tick();
  void tick_soon();
  void write_ending(ChargeId lease, ledger::EntryKind kind);
  void forget(ChargeId lease);
  ChargePlace place_of(ChargeId lease, std::span<const LimitedScope> scopes) const;

  net::EventLoop& loop_;
  Client& client_;
  const Functions& functions_;
  const bool cluster_;
  SharedState& state_;
  HeldLeases held_;
  net::Timer timer_;
  std::function<void(int)> held_changed_;
};

}  // namespace ktl::storage::redis

#pragma once
// What the loops of one gateway share of the store of several gateways (redis_store.h). Thread-safe.
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "storage/redis/charge_calls.h"
#include "storage/redis/outbox.h"

namespace ktl::storage::redis {

class SharedState {
 public:
  virtual ~SharedState() = default;
  virtual const Clock& clock() const = 0;
  virtual bool reachable() const = 0;
  virtual std::int64_t gateways() const = 0;
  // Those that may hold leases of the same scopes: every loop of every gateway.
  virtual std::int64_t lessees() const = 0;
  virtual ChargeId next_charge() = 0;
  virtual Outbox& outbox() = 0;
  virtual LimitsOf limits() const = 0;
  // How long the ledger's entries, and the totals of a day, stay in Redis (0 = for ever).
  virtual Millis ledger_kept() const = 0;
  virtual Millis days_kept() const = 0;
  // Undoes these steps as soon as the store answers.
  virtual void undo_later(std::vector<ChargePlace> places) = 0;
};

}  // namespace ktl::storage::redis

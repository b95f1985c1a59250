#pragma once
// Port: where charges are written down. Implementations: storage/sqlite (an append-only journal in front of the SQLite
// file), storage/memory (tests).
//
// Durability contract. When append() returns success the entry survives the death of this process. It survives a power
// loss once synced() covers its sequence (group commit, by default within 10 ms).
// An `open` that was accepted always leaves room for its ending: the ending of an accepted charge cannot fail for lack
// of space. (Its owner ends a charge once. A second ending is ignored when it is booked, but it takes the room promised
// to the ending of another charge.) Thread-safe. append() does not block on the disk and takes no lock.
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/entry.h"

namespace ktl::ledger {

enum class Sequence : std::uint64_t { none = 0 };

class Journal {
 public:
  virtual ~Journal() = default;

  // Failure (unavailable, source storage): nothing was written; an `open` must not be dispatched.
  virtual Result<Sequence> append(const Entry& entry) = 0;

  // The next charge id; never used before by this store.
  virtual ChargeId next_charge() = 0;

  // True once everything up to `sequence` survives a power loss.
  virtual bool synced(Sequence sequence) const = 0;
  // Calls `done` once, on any thread, when synced(sequence) holds or the store failed (then with false).
  virtual void when_synced(Sequence sequence, std::function<void(bool)> done) = 0;

  struct Health {
    bool accepting = true;          // would an `open` be accepted now?
    std::string reason;             // why not, or what is wrong while it still accepts (English, no secrets)
    bool lost = false;              // the store that several gateways share does not answer
    std::uint64_t lag_entries = 0;  // written down but not yet in the SQLite tables, or not yet told to Redis
    std::uint64_t lag_milliseconds = 0;
    std::uint64_t stuck_groups = 0;  // of tenants whose shared ledger cannot be added up; `reason` tells of the first
  };
  virtual Health health() const = 0;
};

}  // namespace ktl::ledger

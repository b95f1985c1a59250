#pragma once
// A store that forgets everything with the process, for tests of other modules and for trials. Same ports and same
// answers as storage/sqlite (one conformance suite runs on both), and it can be told to fail.
//
// Thread-safe (one mutex). Callbacks run on the thread that makes them true, outside the mutex.
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "storage/memory/memory_usage_book.h"

namespace ktl::storage {

class MemoryStore final : public ledger::Journal, public ledger::Books {
 public:
  // `usage` is told what was used; it may be null, and outlives the store.
  explicit MemoryStore(MemoryUsageBook* usage = nullptr) : usage_(usage) {}

  // ledger::Journal
  Result<ledger::Sequence> append(const ledger::Entry& entry) override;
  ChargeId next_charge() override;
  bool synced(ledger::Sequence sequence) const override;
  void when_synced(ledger::Sequence sequence, std::function<void(bool)> done) override;
  Health health() const override;

  // ledger::Books
  Result<std::vector<ledger::Totals>> totals() override;
  Result<std::vector<ledger::UsageSlice>> usage_since(WallTime since, WallTime now) override;

  // The number of the scope with that name, given on first sight.
  Result<ScopeId> scope(ScopeKind kind, std::string_view name);

  // Faults. Counting appends from 1 and from now: only the nth fails.
  void fail_nth_append(std::uint64_t nth);
  // Refuses every `open` with this reason until called with "".
  void refuse_opens(std::string reason);
  // While held, entries are not synced (they are by default at once); release by hold_sync(false) or sync_now().
  void hold_sync(bool held);
  // Ends what waits for a sync: all true, or all false as if the disk had failed.
  void sync_now(bool good = true);

  // As if the process had died and come back at `now`: every open charge is closed as `expire`.
  void restart(WallTime now);

  // For assertions: everything appended, in order, and how many charges are open.
  std::vector<ledger::Entry> entries() const;
  std::size_t open_charges() const;

 private:
  struct Charge {
    ledger::Entry open;
    bool ended = false;
    ledger::Entry ending;  // expire: usage.prompt is what was reserved, until a late settlement replaces it
  };
  struct Waiter {
    std::uint64_t number;
    std::function<void(bool)> done;
  };
  void end(Charge& charge, const ledger::Entry& ending);
  void settle_late(Charge& charge, const TokenUsage& actual);
  void count(const ledger::Entry& open, const ledger::Sum& more);

  MemoryUsageBook* const usage_;
  mutable std::mutex mutex_;
  std::vector<ledger::Entry> entries_;
  std::map<ChargeId, Charge> charges_;
  std::map<ScopeId, ledger::Totals> totals_;
  std::map<std::pair<ScopeKind, std::string>, ScopeId> scopes_;
  std::uint64_t last_charge_ = 0;
  std::uint64_t synced_ = 0;
  std::vector<Waiter> waiters_;
  std::uint64_t fail_in_ = 0;  // 0: never
  std::string refusal_;
  bool sync_held_ = false;
};

}  // namespace ktl::storage

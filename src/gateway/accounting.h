#pragma once
// Where a 429 is decided and where usage is booked: the quota engine, the bans and the journal as one thing. A decision
// and its journal entry belong together; a Charge ties both to the life of a request.
//
// Thread-safe: one short mutex around the engine; the journal is written without it.
#include <functional>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "quota/bans.h"
#include "quota/engine.h"

namespace ktl::gateway {

class Accounting;

// An admitted request's claim on its scopes. Ends exactly once: settle() with what was used, release() if the work never
// started. One that dies open is settled as reserved: nothing is ever given away by a forgotten path.
class Charge {
 public:
  Charge() = default;
  Charge(Charge&& other) noexcept;
  Charge& operator=(Charge&& other) noexcept;
  ~Charge();

  explicit operator bool() const { return accounting_ != nullptr; }
  std::int64_t reserved() const { return reserved_; }
  ledger::Sequence sequence() const { return sequence_; }

  void settle(const TokenUsage& usage, ledger::Outcome outcome);
  void release();

 private:
  friend class Accounting;
  Accounting* accounting_ = nullptr;
  ChargeId id_ = ChargeId::none;
  std::int64_t reserved_ = 0;
  ledger::Sequence sequence_ = ledger::Sequence::none;
  std::size_t scope_count_ = 0;
  std::array<ScopeId, ledger::kMaxScopes> scopes_{};
};

class Accounting {
 public:
  struct Options {
    quota::EngineOptions engine;
    quota::BanOptions bans;
  };
  Accounting(Options options, ledger::Journal& journal, const Clock& clock);

  // --- setting up (start, reload)
  void set_limits(ScopeId scope, ScopeKind kind, const quota::Limits& limits);
  void set_ban_options(quota::BanOptions options);
  void restore(std::span<const ledger::UsageSlice> usage, std::span<const ledger::Totals> totals);
  void restore_ban(quota::Ban ban);
  // Told of every ban that begins or ends, to write it down. Called without locks, on any thread.
  void on_ban_change(std::function<void(const quota::Ban&, bool lifted)> callback) { ban_changed_ = std::move(callback); }

  // --- the path of a request
  // May these scopes ask anything at all now? Bans, requests and places in flight; counts nothing.
  using Early = std::variant<std::monostate, quota::Banned, quota::Denied>;
  Early check_early(std::span<const ScopeId> scopes);
  // All scopes and windows at once, and the entry in the journal; or nothing. Error: the store refuses (source storage).
  Result<std::variant<Charge, quota::Denied>> reserve(std::span<const ScopeId> scopes, std::int64_t tokens);
  // Notes a refusal against `scope` (the key); true if that bans it.
  bool violation(ScopeId scope);
  quota::Standing tightest(std::span<const ScopeId> scopes);  // what the rate limit headers tell

  // --- for stats and admin pages
  quota::Standing standing(ScopeId scope);
  quota::Limits limits_of(ScopeId scope);
  ledger::Totals totals_of(ScopeId scope);
  std::int64_t open_reservations();
  std::vector<quota::Ban> bans();
  std::optional<quota::Banned> banned(std::span<const ScopeId> scopes);
  void ban(ScopeId scope, std::optional<WallTime> until, std::string reason);
  bool unban(ScopeId scope);
  ledger::Journal& journal() { return journal_; }

 private:
  friend class Charge;
  ledger::Totals& totals_at(ScopeId scope);  // mutex_ held
  void end(const Charge& charge, ledger::EntryKind kind, const TokenUsage& usage, ledger::Outcome outcome);

  ledger::Journal& journal_;
  const Clock& clock_;
  std::function<void(const quota::Ban&, bool)> ban_changed_;
  mutable std::mutex mutex_;
  quota::Engine engine_;                                        // guarded by mutex_, as all below
  quota::BanList bans_;
  std::vector<ledger::Totals> totals_;                          // by scope number; the store gives small ones
};

}  // namespace ktl::gateway

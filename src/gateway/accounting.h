#pragma once
// Where a 429 is decided and where usage is booked: the quota engine, the bans and the journal as one thing. A decision
// and its journal entry belong together; a Charge ties both to the life of a request.
//
// Limits of this gateway alone are decided by its own engine. Limits that several gateways share are decided by their
// store (quota/shared_limits.h); an engine of our own then exists only for a share of them while the store is lost
// (Loss::local_share), and counts what this gateway admitted.
//
// Thread-safe: one short mutex around the engine; the journal is written without it.
#include <functional>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "gateway/refusal_log.h"
#include "gateway/shared_view.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "net/task.h"
#include "quota/bans.h"
#include "quota/engine.h"
#include "quota/shared_limits.h"

namespace ktl::gateway {

class Accounting;

// An admitted request's claim on its scopes. Ends exactly once: settle() with what was used, release() if the work
// never started. One that dies open is settled as reserved: nothing is ever given away by a forgotten path.
class Charge {
 public:
  Charge() = default;
  Charge(Charge&& other) noexcept;
  Charge& operator=(Charge&& other) noexcept;
  ~Charge();

  explicit operator bool() const { return accounting_ != nullptr; }
  std::int64_t reserved() const { return reserved_; }
  ledger::Sequence sequence() const { return sequence_; }
  // From what was leased of shared limits in advance.
  bool leased() const { return lease_ != ChargeId::none; }
  // Admitted while the shared store was lost.
  bool unshared() const { return quota::is_unshared(id_); }

  void settle(const TokenUsage& usage, ledger::Outcome outcome);
  void release();

 private:
  friend class Accounting;
  Accounting* accounting_ = nullptr;
  quota::SharedLimits* shared_ = nullptr;  // whom to tell the end; null: nobody
  ChargeId id_ = ChargeId::none;
  ChargeId lease_ = ChargeId::none;
  std::int64_t reserved_ = 0;
  ledger::Sequence sequence_ = ledger::Sequence::none;
  std::size_t scope_count_ = 0;
  std::array<ScopeId, ledger::kMaxScopes> scopes_{};
};

// What is done while the shared store is lost.
enum class Loss : std::uint8_t {
  closed,       // nothing is admitted
  local_share,  // each gateway admits what fits under the limit divided by the gateways that were alive
  open,         // everything is admitted
};

std::string_view name_of(Loss loss);  // the configuration's word

class Accounting {
 public:
  struct Options {
    quota::EngineOptions engine;
    quota::BanOptions bans;
    std::optional<Loss> shared{};  // the limits are shared
  };
  using Reserved = Result<std::variant<Charge, quota::Denied>>;
  Accounting(Options options, ledger::Journal& journal, const Clock& clock);

  // --- setting up (start, reload)
  void set_limits(ScopeId scope, ScopeKind kind, const quota::Limits& limits);
  void set_ban_options(quota::BanOptions options);
  void restore(std::span<const ledger::UsageSlice> usage, std::span<const ledger::Totals> totals);
  void restore_ban(quota::Ban ban);
  void take_over_ban(quota::Ban ban, bool lifted);  // of another gateway; nobody is told
  // Told of every ban that begins or ends, to write it down. Called without locks, on any thread.
  void on_ban_change(std::function<void(const quota::Ban&, bool lifted)> callback) {
    ban_changed_ = std::move(callback);
  }

  // --- the path of a request
  // May these scopes ask anything at all now? Bans, requests and places in flight; counts nothing.
  using Early = std::variant<std::monostate, quota::Banned, quota::Denied>;
  Early check_early(std::span<const ScopeId> scopes);
  // All scopes and windows at once, and the entry in the journal; or nothing. Error: the store refuses (source
  // storage).
  Reserved reserve(std::span<const ScopeId> scopes, std::int64_t tokens);
  // The same where limits are shared: `shared` is the loop's own. What `scopes` refers to outlives the task.
  net::Task<Reserved> reserve(quota::SharedLimits& shared, std::span<const ScopeId> scopes, std::int64_t tokens);
  // Notes a refusal against `scope` (the key); true if that bans it.
  bool violation(ScopeId scope);
  quota::Standing tightest(std::span<const ScopeId> scopes);  // what the rate limit headers tell
  // The same of what this gateway admits by itself while the shared store is lost.
  quota::Standing tightest_of_own(std::span<const ScopeId> scopes);

  // --- for stats and admin pages
  quota::Standing standing(ScopeId scope);
  quota::Limits limits_of(ScopeId scope);
  ledger::Totals totals_of(ScopeId scope);
  std::int64_t open_reservations();
  std::optional<WallTime> last_used(ScopeId scope);  // by this gateway: when its last request ended
  RefusalLog& refusals() { return refusals_; }
  std::vector<quota::Ban> bans();
  std::optional<quota::Banned> banned(std::span<const ScopeId> scopes);
  void ban(ScopeId scope, std::optional<WallTime> until, std::string reason);
  bool unban(ScopeId scope);
  ledger::Journal& journal() { return journal_; }
  // Shared limits only: asks how these scopes stand everywhere, so that standing() and totals_of() tell it. If the
  // store does not answer they tell what was known. What `scopes` refers to outlives the task.
  net::Task<void> look(quota::SharedLimits& shared, std::span<const ScopeId> scopes);
  bool is_shared() const { return options_.shared.has_value(); }
  std::optional<Loss> loss() const { return options_.shared; }

 private:
  friend class Charge;
  ledger::Totals& totals_at(ScopeId scope);   // mutex_ held
  void note_use(ScopeId scope, WallTime at);  // mutex_ held
  void begin(std::span<const ScopeId> scopes);  // a charge has been counted; mutex_ held
  Reserved open(const ledger::Entry& entry, quota::SharedLimits* shared);
  Reserved admit_shared(quota::SharedLimits& shared, const quota::SharedAsk& ask,
                        const quota::SharedAdmission& admission);
  Reserved reserve_unshared(quota::SharedLimits& shared, std::span<const ScopeId> scopes, std::int64_t tokens);
  void set_own_limits(const quota::LimitedScope& scope);  // mutex_ held
  void divide_by(std::int64_t gateways);
  void end(const Charge& charge, ledger::EntryKind kind, const TokenUsage& usage, ledger::Outcome outcome);

  const Options options_;
  ledger::Journal& journal_;
  const Clock& clock_;
  std::function<void(const quota::Ban&, bool)> ban_changed_;
  mutable std::mutex mutex_;
  // What this gateway decides by; nothing where it never does: shared limits, but for a share while the store is lost.
  std::optional<quota::Engine> engine_;  // guarded by mutex_, as all below
  std::int64_t open_ = 0;                // charges that have not ended
  quota::BanList bans_;
  std::vector<ledger::Totals> totals_;  // by scope number; the store gives small ones
  std::vector<WallTime> last_used_;     // by scope number; the epoch: not yet
  SharedView view_;                     // of shared limits
  std::int64_t gateways_ = 1;           // among which a limit is divided while the store is lost
  RefusalLog refusals_;                 // guards itself
};

}  // namespace ktl::gateway

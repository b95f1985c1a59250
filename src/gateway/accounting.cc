#include "gateway/accounting.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ktl::gateway {

Charge::Charge(Charge&& other) noexcept
    : accounting_(std::exchange(other.accounting_, nullptr)),
      id_(other.id_),
      reserved_(other.reserved_),
      sequence_(other.sequence_),
      scope_count_(other.scope_count_),
      scopes_(other.scopes_) {}

Charge& Charge::operator=(Charge&& other) noexcept {
  KTL_CHECK(accounting_ == nullptr, "an open charge is never overwritten");
  accounting_ = std::exchange(other.accounting_, nullptr);
  id_ = other.id_;
  reserved_ = other.reserved_;
  sequence_ = other.sequence_;
  scope_count_ = other.scope_count_;
  scopes_ = other.scopes_;
  return *this;
}

Charge::~Charge() {
  if (accounting_ != nullptr) settle({.prompt = reserved_}, ledger::Outcome::unknown);
}

void Charge::settle(const TokenUsage& usage, ledger::Outcome outcome) {
  KTL_CHECK(accounting_ != nullptr, "a charge is ended once");
  std::exchange(accounting_, nullptr)->end(*this, ledger::EntryKind::settle, usage, outcome);
}

void Charge::release() {
  KTL_CHECK(accounting_ != nullptr, "a charge is ended once");
  std::exchange(accounting_, nullptr)->end(*this, ledger::EntryKind::release, {}, ledger::Outcome::unknown);
}

Accounting::Accounting(Options options, ledger::Journal& journal, const Clock& clock)
    : journal_(journal), clock_(clock), engine_(options.engine), bans_(options.bans) {}

void Accounting::set_limits(ScopeId scope, ScopeKind kind, const quota::Limits& limits) {
  const std::lock_guard lock(mutex_);
  engine_.set_limits(scope, kind, limits);
}

void Accounting::set_ban_options(quota::BanOptions options) {
  const std::lock_guard lock(mutex_);
  bans_.set_options(options);
}

void Accounting::restore(std::span<const ledger::UsageSlice> usage, std::span<const ledger::Totals> totals) {
  const std::lock_guard lock(mutex_);
  for (const auto& slice : usage) engine_.restore({&slice.scope, 1}, slice.requests, slice.tokens, slice.at);
  for (const auto& total : totals) totals_at(total.scope) = total;
}

void Accounting::restore_ban(quota::Ban ban) {
  const std::lock_guard lock(mutex_);
  bans_.restore(std::move(ban));
}

Accounting::Early Accounting::check_early(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const ScopeId scope : scopes)
    if (auto ban = bans_.check(scope, now)) return std::move(*ban);
  if (auto denied = engine_.would_deny(scopes, 0, now)) return *denied;
  return std::monostate{};
}

std::optional<quota::Banned> Accounting::banned(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const ScopeId scope : scopes)
    if (auto ban = bans_.check(scope, now)) return ban;
  return std::nullopt;
}

ledger::Totals& Accounting::totals_at(ScopeId scope) {
  const auto index = static_cast<std::size_t>(scope);
  if (index >= totals_.size()) totals_.resize(index + 1);
  totals_[index].scope = scope;
  return totals_[index];
}

Result<std::variant<Charge, quota::Denied>> Accounting::reserve(std::span<const ScopeId> scopes, std::int64_t tokens) {
  KTL_CHECK(scopes.size() <= ledger::kMaxScopes, "a request has at most kMaxScopes scopes");
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::open;
  entry.charge = journal_.next_charge();
  entry.scope_count = static_cast<std::uint8_t>(scopes.size());
  std::copy(scopes.begin(), scopes.end(), entry.scopes.begin());
  entry.reserved_tokens = tokens;
  {
    const WallTime now = clock_.wall();
    const std::lock_guard lock(mutex_);
    auto decision = engine_.reserve(entry.charge, scopes, tokens, now);
    if (auto* denied = std::get_if<quota::Denied>(&decision)) return std::move(*denied);
    entry.at = std::get<quota::Reservation>(decision).admitted_at;
  }
  auto written = journal_.append(entry);
  if (!written) {
    const std::lock_guard lock(mutex_);
    engine_.release(entry.charge, clock_.wall());
    return tl::unexpected(written.error());
  }
  Charge charge;
  charge.accounting_ = this;
  charge.id_ = entry.charge;
  charge.reserved_ = tokens;
  charge.sequence_ = *written;
  charge.scope_count_ = scopes.size();
  charge.scopes_ = entry.scopes;
  return charge;
}

void Accounting::end(const Charge& charge, ledger::EntryKind kind, const TokenUsage& usage, ledger::Outcome outcome) {
  ledger::Entry entry;
  entry.kind = kind;
  entry.charge = charge.id_;
  entry.at = clock_.wall();
  entry.usage = usage;
  entry.outcome = outcome;
  // The journal keeps room for every ending. If it breaks all the same (a dead disk), recovery charges the reservation.
  [[maybe_unused]] const auto written = journal_.append(entry);

  const std::lock_guard lock(mutex_);
  if (kind == ledger::EntryKind::settle) {
    const bool was_open = engine_.settle(charge.id_, usage.total(), entry.at);
    KTL_CHECK(was_open, "a charge that is open here is open in the engine");
    for (std::size_t i = 0; i < charge.scope_count_; ++i) {
      ledger::Totals& total = totals_at(charge.scopes_[i]);
      total.requests += 1;
      total.prompt_tokens += usage.prompt;
      total.completion_tokens += usage.completion;
    }
  } else {
    engine_.release(charge.id_, entry.at);
  }
}

bool Accounting::violation(ScopeId scope) {
  std::optional<quota::Ban> begun;
  {
    const WallTime now = clock_.wall();
    const std::lock_guard lock(mutex_);
    if (!bans_.violation(scope, now)) return false;
    if (auto banned = bans_.check(scope, now)) begun = banned->ban;
  }
  if (begun && ban_changed_) ban_changed_(*begun, false);
  return true;
}

quota::Standing Accounting::tightest(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  return engine_.tightest(scopes, now);
}

quota::Standing Accounting::standing(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return engine_.standing(scope, clock_.wall());
}

quota::Limits Accounting::limits_of(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return engine_.limits_of(scope);
}

ledger::Totals Accounting::totals_of(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return totals_at(scope);
}

std::int64_t Accounting::open_reservations() {
  const std::lock_guard lock(mutex_);
  return engine_.open_reservations();
}

std::vector<quota::Ban> Accounting::bans() {
  const std::lock_guard lock(mutex_);
  return bans_.list(clock_.wall());
}

void Accounting::ban(ScopeId scope, std::optional<WallTime> until, std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    bans_.ban(scope, until, reason);
  }
  if (ban_changed_) ban_changed_({.scope = scope, .until = until, .manual = true, .reason = std::move(reason)}, false);
}

bool Accounting::unban(ScopeId scope) {
  {
    const std::lock_guard lock(mutex_);
    if (!bans_.unban(scope, clock_.wall())) return false;
  }
  if (ban_changed_) ban_changed_({.scope = scope, .until = std::nullopt, .manual = false, .reason = {}}, true);
  return true;
}

}  // namespace ktl::gateway

#include "gateway/accounting.h"

#include <algorithm>
#include <coroutine>
#include <utility>

#include "base/check.h"

namespace ktl::gateway {

Charge::Charge(Charge&& other) noexcept
    : accounting_(std::exchange(other.accounting_, nullptr)),
      shared_(other.shared_),
      id_(other.id_),
      lease_(other.lease_),
      reserved_(other.reserved_),
      sequence_(other.sequence_),
      scope_count_(other.scope_count_),
      scopes_(other.scopes_) {}

Charge& Charge::operator=(Charge&& other) noexcept {
  KTL_CHECK(accounting_ == nullptr, "an open charge is never overwritten");
  accounting_ = std::exchange(other.accounting_, nullptr);
  shared_ = other.shared_;
  id_ = other.id_;
  lease_ = other.lease_;
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
    : options_(options), journal_(journal), clock_(clock), bans_(options.bans) {
  if (!is_shared() || options.shared == Loss::local_share) engine_.emplace(options.engine);
}

void Accounting::set_limits(ScopeId scope, ScopeKind kind, const quota::Limits& limits) {
  const std::lock_guard lock(mutex_);
  if (!is_shared()) return engine_->set_limits(scope, kind, limits);
  view_.set_limits({kind, scope, limits});
  set_own_limits({kind, scope, limits});
}

// What this gateway may admit by itself while the store is lost.
void Accounting::set_own_limits(const quota::LimitedScope& scope) {
  if (!engine_) return;
  quota::Limits own = scope.limits;
  for (std::int64_t& amount : own.amount)
    if (amount != quota::kUnlimited) amount /= gateways_;
  engine_->set_limits(scope.id, scope.kind, own);
}

void Accounting::divide_by(std::int64_t gateways) {
  const std::lock_guard lock(mutex_);
  if (gateways == gateways_) return;
  gateways_ = gateways;
  for (const quota::LimitedScope& scope : view_.all())
    if (scope.id != ScopeId::none) set_own_limits(scope);
}

void Accounting::set_ban_options(quota::BanOptions options) {
  const std::lock_guard lock(mutex_);
  bans_.set_options(options);
}

void Accounting::restore(std::span<const ledger::UsageSlice> usage, std::span<const ledger::Totals> totals) {
  const std::lock_guard lock(mutex_);
  for (const auto& slice : usage) {
    if (engine_) engine_->restore({&slice.scope, 1}, slice.requests, slice.tokens, slice.at);
    note_use(slice.scope, slice.at);
  }
  for (const auto& total : totals) totals_at(total.scope) = total;
}

void Accounting::restore_ban(quota::Ban ban) {
  const std::lock_guard lock(mutex_);
  bans_.restore(std::move(ban));
}

void Accounting::take_over_ban(quota::Ban ban, bool lifted) {
  const std::lock_guard lock(mutex_);
  if (lifted)
    bans_.unban(ban.scope, clock_.wall());
  else
    bans_.restore(std::move(ban));
}

std::string_view name_of(Loss loss) {
  switch (loss) {
    case Loss::closed:
      return "closed";
    case Loss::local_share:
      return "local_share";
    case Loss::open:
      return "open";
  }
  return "?";
}

Accounting::Early Accounting::check_early(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const ScopeId scope : scopes)
    if (auto ban = bans_.check(scope, now)) return std::move(*ban);
  if (is_shared()) {
    if (auto denied = view_.refusal(scopes, now)) return *denied;
    return std::monostate{};
  }
  if (auto denied = engine_->would_deny(scopes, 0, now)) return *denied;
  return std::monostate{};
}

std::optional<quota::Banned> Accounting::banned(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const ScopeId scope : scopes)
    if (auto ban = bans_.check(scope, now)) return ban;
  return std::nullopt;
}

void Accounting::note_use(ScopeId scope, WallTime at) {
  const auto index = static_cast<std::size_t>(scope);
  if (index >= last_used_.size()) last_used_.resize(index + 1);
  last_used_[index] = std::max(last_used_[index], at);
}

std::optional<WallTime> Accounting::last_used(ScopeId scope) {
  const auto index = static_cast<std::size_t>(scope);
  const std::lock_guard lock(mutex_);
  if (index >= last_used_.size() || last_used_[index] == WallTime{}) return std::nullopt;
  return last_used_[index];
}

ledger::Totals& Accounting::totals_at(ScopeId scope) {
  const auto index = static_cast<std::size_t>(scope);
  if (index >= totals_.size()) totals_.resize(index + 1);
  totals_[index].scope = scope;
  return totals_[index];
}

namespace {

ledger::Entry opening(ChargeId charge, std::span<const ScopeId> scopes, std::int64_t tokens) {
  KTL_CHECK(scopes.size() <= ledger::kMaxScopes, "a request has at most kMaxScopes scopes");
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::open;
  entry.charge = charge;
  entry.scope_count = static_cast<std::uint8_t>(scopes.size());
  std::copy(scopes.begin(), scopes.end(), entry.scopes.begin());
  entry.reserved_tokens = tokens;
  return entry;
}

// co_await: the store's answer to an ask.
struct Asking {
  quota::SharedLimits& shared;
  const quota::SharedAsk& ask;
  std::optional<Result<quota::SharedAnswer>> answer{};

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    shared.reserve(ask, [this, waiter](Result<quota::SharedAnswer> got) {
      answer.emplace(std::move(got));
      waiter.resume();
    });
  }
  Result<quota::SharedAnswer> await_resume() { return std::move(*answer); }
};

struct Looking {
  quota::SharedLimits& shared;
  std::span<const quota::LimitedScope> scopes;
  std::optional<Result<std::vector<quota::SharedUsage>>> answer{};

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    shared.look(scopes, [this, waiter](Result<std::vector<quota::SharedUsage>> got) {
      answer.emplace(std::move(got));
      waiter.resume();
    });
  }
  Result<std::vector<quota::SharedUsage>> await_resume() { return std::move(*answer); }
};

}  // namespace

Accounting::Reserved Accounting::reserve(std::span<const ScopeId> scopes, std::int64_t tokens) {
  KTL_CHECK(!is_shared(), "shared limits are asked for by the loop's own");
  ledger::Entry entry = opening(journal_.next_charge(), scopes, tokens);
  {
    const WallTime now = clock_.wall();
    const std::lock_guard lock(mutex_);
    auto decision = engine_->reserve(entry.charge, scopes, tokens, now);
    if (auto* denied = std::get_if<quota::Denied>(&decision)) return std::move(*denied);
    entry.at = std::get<quota::Reservation>(decision).admitted_at;
    begin(scopes);
  }
  return open(entry, nullptr);
}

void Accounting::begin(std::span<const ScopeId> scopes) {
  ++open_;
  if (is_shared()) view_.began(scopes);
}

// It has been counted; now it is written down.
Accounting::Reserved Accounting::open(const ledger::Entry& entry, quota::SharedLimits* shared) {
  auto written = journal_.append(entry);
  if (!written) {
    const std::lock_guard lock(mutex_);
    const std::span<const ScopeId> scopes(entry.scopes.data(), entry.scope_count);
    --open_;
    if (engine_) engine_->release(entry.charge, clock_.wall());
    if (is_shared()) view_.ended(scopes);
    if (entry.lease != ChargeId::none) view_.spent(scopes, -1, -entry.reserved_tokens);
    return tl::unexpected(written.error());
  }
  Charge charge;
  charge.accounting_ = this;
  charge.shared_ = shared;
  charge.id_ = entry.charge;
  charge.lease_ = entry.lease;
  charge.reserved_ = entry.reserved_tokens;
  charge.sequence_ = *written;
  charge.scope_count_ = entry.scope_count;
  charge.scopes_ = entry.scopes;
  return charge;
}

net::Task<Accounting::Reserved> Accounting::reserve(quota::SharedLimits& shared, std::span<const ScopeId> scopes,
                                                    std::int64_t tokens) {
  KTL_CHECK(scopes.size() <= ledger::kMaxScopes, "a request has at most kMaxScopes scopes");
  if (shared.reachable()) {
    std::array<quota::LimitedScope, ledger::kMaxScopes> limited;
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < scopes.size(); ++i) limited[i] = view_.limited(scopes[i]);
    }
    const quota::SharedAsk ask{journal_.next_charge(), {limited.data(), scopes.size()}, tokens};
    if (const auto leased = shared.take(ask)) co_return admit_shared(shared, ask, *leased);
    Asking asking{shared, ask};
    const Result<quota::SharedAnswer> answer = co_await asking;
    if (answer) {
      if (const auto* admission = std::get_if<quota::SharedAdmission>(&*answer))
        co_return admit_shared(shared, ask, *admission);
      const auto& denied = std::get<quota::Denied>(*answer);
      const std::lock_guard lock(mutex_);
      view_.refused(denied, clock_.wall());
      co_return denied;
    }
    if (options_.shared == Loss::closed) co_return tl::unexpected(answer.error());
  }
  co_return reserve_unshared(shared, scopes, tokens);
}

Accounting::Reserved Accounting::admit_shared(quota::SharedLimits& shared, const quota::SharedAsk& ask,
                                              const quota::SharedAdmission& admission) {
  std::array<ScopeId, ledger::kMaxScopes> scopes{};
  for (std::size_t i = 0; i < ask.scopes.size(); ++i) scopes[i] = ask.scopes[i].id;
  ledger::Entry entry = opening(ask.charge, {scopes.data(), ask.scopes.size()}, ask.tokens);
  entry.at = admission.at;
  entry.lease = admission.lease;
  const std::span<const ScopeId> asked(scopes.data(), ask.scopes.size());
  {
    const WallTime now = clock_.wall();
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < admission.standing.size(); ++i) view_.told(scopes[i], admission.standing[i], now);
    if (entry.lease != ChargeId::none) view_.spent(asked, 1, ask.tokens);
    if (engine_) engine_->admit(entry.charge, asked, ask.tokens, now);
    begin(asked);
  }
  Reserved opened = open(entry, &shared);
  if (!opened) shared.abandon(ask, admission.lease);
  return opened;
}

Accounting::Reserved Accounting::reserve_unshared(quota::SharedLimits& shared, std::span<const ScopeId> scopes,
                                                  std::int64_t tokens) {
  constexpr Millis kStoreMayBeBack{5'000};
  if (options_.shared == Loss::closed)
    return fail(ErrorCode::unavailable, ErrorSource::storage, "the shared store cannot be reached", Retry::yes);
  divide_by(shared.gateways());
  ledger::Entry entry = opening(quota::unshared(journal_.next_charge()), scopes, tokens);
  {
    const WallTime now = clock_.wall();
    entry.at = now;
    const std::lock_guard lock(mutex_);
    if (engine_) {
      auto decision = engine_->reserve(entry.charge, scopes, tokens, now);
      if (auto* denied = std::get_if<quota::Denied>(&decision)) {
        // Too big for the share may still fit under the limit.
        if (denied->never && denied->requested <= view_.limited(denied->scope).limits[denied->limit]) {
          denied->never = false;
          denied->retry_after = kStoreMayBeBack;
        }
        return std::move(*denied);
      }
      entry.at = std::get<quota::Reservation>(decision).admitted_at;
    }
    begin(scopes);
  }
  return open(entry, &shared);
}

net::Task<void> Accounting::look(quota::SharedLimits& shared, std::span<const ScopeId> scopes) {
  std::vector<quota::LimitedScope> limited;
  {
    const std::lock_guard lock(mutex_);
    for (const ScopeId scope : scopes) limited.push_back(view_.limited(scope));
  }
  Looking looking{shared, limited};
  const Result<std::vector<quota::SharedUsage>> seen = co_await looking;
  if (!seen) co_return;
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const quota::SharedUsage& usage : *seen) {
    view_.told(usage.scope, usage.standing, now);
    totals_at(usage.scope) = {usage.scope, usage.requests, usage.prompt_tokens, usage.completion_tokens};
  }
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
  if (charge.shared_ != nullptr) charge.shared_->ended(charge.id_);

  const std::span<const ScopeId> scopes(charge.scopes_.data(), charge.scope_count_);
  const std::lock_guard lock(mutex_);
  if (charge.shared_ != nullptr) view_.ended(scopes);
  if (charge.leased())
    view_.spent(scopes, kind == ledger::EntryKind::settle ? 0 : -1, usage.total() - charge.reserved_);
  --open_;
  if (kind == ledger::EntryKind::settle) {
    const bool was_open = !engine_ || engine_->settle(charge.id_, usage.total(), entry.at);
    KTL_CHECK(was_open, "a charge that is open here is open in the engine");
    for (const ScopeId scope : scopes) {
      ledger::Totals& total = totals_at(scope);
      total.requests += 1;
      total.prompt_tokens += usage.prompt;
      total.completion_tokens += usage.completion;
      note_use(scope, entry.at);
    }
  } else if (engine_) {
    engine_->release(charge.id_, entry.at);
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
  return is_shared() ? view_.tightest(scopes, now) : engine_->tightest(scopes, now);
}

quota::Standing Accounting::tightest_of_own(std::span<const ScopeId> scopes) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  return engine_ ? engine_->tightest(scopes, now) : quota::Standing{};
}

quota::Standing Accounting::standing(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return is_shared() ? view_.standing(scope, clock_.wall()) : engine_->standing(scope, clock_.wall());
}

quota::Limits Accounting::limits_of(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return is_shared() ? view_.limited(scope).limits : engine_->limits_of(scope);
}

ledger::Totals Accounting::totals_of(ScopeId scope) {
  const std::lock_guard lock(mutex_);
  return totals_at(scope);
}

std::int64_t Accounting::open_reservations() {
  const std::lock_guard lock(mutex_);
  return open_;
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

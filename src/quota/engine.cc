#include "quota/engine.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "quota/account.h"
#include "quota/instant.h"
#include "quota/keyed_slab.h"
#include "quota/limit_table.h"

namespace ktl::quota {

namespace {

constexpr std::size_t kMostScopes = 16;
// More than any engine can do in a day; what exceeds it is counted as this, so that no sum can overflow.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 40;
constexpr std::uint32_t kReservesPerTidying = 16;

struct OpenCharge {
  std::int64_t tokens = 0;
  std::int64_t admitted_at = 0;
  std::uint32_t scopes = 0;
  std::array<KeyedSlab<Account>::Slot, kMostScopes> accounts{};
};

std::uint64_t key_of(ScopeId scope) {
  return static_cast<std::uint32_t>(scope);
}
std::uint64_t key_of(ChargeId charge) {
  return static_cast<std::uint64_t>(charge);
}

std::int64_t counted(std::int64_t amount) {
  KTL_CHECK(amount >= 0, "nobody uses less than nothing");
  return std::min(amount, kMostTokens);
}

}  // namespace

struct Engine::State {
  EngineOptions options;
  LimitTable limits;
  KeyedSlab<Account> accounts;  // of the scopes that count anything; the others are but entries in `limits`
  KeyedSlab<OpenCharge> open;
  Instant present;
  std::uint32_t tidied = 0;  // the slot whose turn it was last
  std::uint32_t reserves = 0;

  // The latest instant ever seen.
  const Instant& seen(std::int64_t now) {
    if (now > present.minute.now) present = Instant::at(now, options);
    return present;
  }

  KeyedSlab<Account>::Slot account_of(ScopeId scope) {
    auto slot = accounts.find(key_of(scope));
    if (slot == accounts.kNone) {
      slot = accounts.add(key_of(scope));
      accounts[slot] = fresh(scope);
    }
    return slot;
  }

  Account fresh(ScopeId scope) const {
    Account account(scope, options.rolling_day);
    if (const LimitTerms* terms = limits.find(scope)) account.set_limits(terms->kind, terms->limits);
    return account;
  }

  // Shows the scope's account to `look`: if it counts nothing, one as it would be opened now, which is not kept.
  template <class Look>
  void visit(ScopeId scope, Look look) {
    const auto slot = accounts.find(key_of(scope));
    if (scope != ScopeId::none && slot != accounts.kNone) {
      accounts[slot].advance(present);
      look(accounts[slot]);
    } else if (limits.find(scope) != nullptr) {
      Account account = fresh(scope);
      account.advance(present);
      look(account);
    }
  }

  // The charge as it would be opened now; `room` becomes false if a limit refuses it.
  OpenCharge prepare(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, std::int64_t now, bool& room) {
    KTL_CHECK(scopes.size() <= kMostScopes, "a charge has at most 16 scopes");
    KTL_CHECK(open.find(key_of(id)) == open.kNone, "an open reservation is not opened again");
    tidy();
    const Instant& present_now = seen(now);
    OpenCharge charge{tokens, present_now.minute.now, static_cast<std::uint32_t>(scopes.size()), {}};
    for (std::size_t i = 0; i < scopes.size(); ++i) {
      charge.accounts[i] = account_of(scopes[i]);
      Account& account = accounts[charge.accounts[i]];
      account.advance(present_now);
      room &= account.fits(tokens);
    }
    return charge;
  }

  void open_charge(ChargeId id, const OpenCharge& charge) {
    for (std::size_t i = 0; i < charge.scopes; ++i) accounts[charge.accounts[i]].admit(charge.tokens, present);
    open[open.add(key_of(id))] = charge;
  }

  bool end(ChargeId id, std::int64_t requests, std::optional<std::int64_t> actual, std::int64_t at) {
    const Instant& now = seen(at);
    const auto slot = open.find(key_of(id));
    if (id == ChargeId::none || slot == open.kNone) return false;
    const OpenCharge& charge = open[slot];
    const Instant admitted = Instant::at(charge.admitted_at, options);
    const std::int64_t difference = actual.value_or(0) - charge.tokens;
    for (std::size_t i = 0; i < charge.scopes; ++i) {
      Account& account = accounts[charge.accounts[i]];
      account.advance(now);
      account.end(requests, difference, admitted, now);
    }
    open.erase(key_of(id));
    return true;
  }

  // Looks at one account now and then, so that those nobody uses give their memory back without a pause for all.
  void tidy() {
    if (++reserves % kReservesPerTidying != 0 || accounts.slots() == 0) return;
    tidied = static_cast<std::uint32_t>((tidied + 1) % accounts.slots());
    Account& account = accounts[tidied];
    if (account.id() == ScopeId::none) return;
    account.advance(present);
    if (account.forgettable()) accounts.erase(key_of(account.id()));
  }
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->present = Instant::at(0, options);
}

Engine::~Engine() = default;

void Engine::set_limits(ScopeId scope, ScopeKind kind, const Limits& limits) {
  State& state = *state_;
  state.limits.set(scope, {kind, limits});
  const auto slot = state.accounts.find(key_of(scope));
  if (slot == state.accounts.kNone) return;
  Account& account = state.accounts[slot];
  account.advance(state.present);  // under the old limits until now
  account.set_limits(kind, limits);
}

Limits Engine::limits_of(ScopeId scope) const {
  const LimitTerms* terms = state_->limits.find(scope);
  return terms == nullptr ? Limits{} : terms->limits;
}

Decision Engine::reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) {
  State& state = *state_;
  bool room = true;
  const OpenCharge charge = state.prepare(id, scopes, counted(tokens), now.time_since_epoch().count(), room);
  if (!room) return *would_deny(scopes, tokens, now);
  state.open_charge(id, charge);
  return Reservation{id, WallTime(Millis(charge.admitted_at)), charge.tokens};
}

void Engine::admit(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) {
  State& state = *state_;
  bool room = true;
  state.open_charge(id, state.prepare(id, scopes, counted(tokens), now.time_since_epoch().count(), room));
}

std::optional<Denied> Engine::would_deny(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) {
  State& state = *state_;
  tokens = counted(tokens);
  const std::int64_t asked_at = now.time_since_epoch().count();
  const Instant& present = state.seen(asked_at);
  std::optional<Denied> longest;
  for (const ScopeId scope : scopes) {
    state.visit(scope, [&](const Account& account) {
      if (account.fits(tokens)) return;
      const auto denied = account.refusal(tokens, present, asked_at);
      if (!longest || waits_longer(*denied, *longest)) longest = denied;
    });
  }
  return longest;
}

bool Engine::settle(ChargeId id, std::int64_t actual_tokens, WallTime now) {
  return state_->end(id, 0, counted(std::max(std::int64_t{0}, actual_tokens)), now.time_since_epoch().count());
}

bool Engine::release(ChargeId id, WallTime now) {
  return state_->end(id, -1, std::nullopt, now.time_since_epoch().count());
}

void Engine::restore(std::span<const ScopeId> scopes, std::int64_t requests, std::int64_t tokens,
                     WallTime admitted_at) {
  State& state = *state_;
  const std::int64_t at = admitted_at.time_since_epoch().count();
  const Instant& present = state.seen(at);
  requests = std::max(std::int64_t{0}, requests);
  tokens = std::max(std::int64_t{0}, tokens);
  const Instant then = Instant::at(std::max(std::int64_t{0}, at), state.options);
  for (const ScopeId scope : scopes) {
    Account& account = state.accounts[state.account_of(scope)];
    account.advance(present);
    account.book(counted(requests), counted(tokens), then);
  }
}

Standing Engine::standing(ScopeId scope, WallTime now) {
  State& state = *state_;
  const std::int64_t asked_at = now.time_since_epoch().count();
  const Instant& present = state.seen(asked_at);
  Standing result;
  state.visit(scope, [&](const Account& account) { result = account.standing(present, asked_at); });
  return result;
}

Standing Engine::tightest(std::span<const ScopeId> scopes, WallTime now) {
  State& state = *state_;
  const std::int64_t asked_at = now.time_since_epoch().count();
  const Instant& present = state.seen(asked_at);
  Standing result;
  for (const ScopeId scope : scopes)
    state.visit(scope, [&](const Account& account) { account.tighten(result, present, asked_at); });
  return result;
}

std::int64_t Engine::open_reservations() const {
  return static_cast<std::int64_t>(state_->open.size());
}

}  // namespace ktl::quota

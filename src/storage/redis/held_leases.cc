#include "storage/redis/held_leases.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/redis/standing.h"

namespace ktl::storage::redis {
namespace {

constexpr Millis kAfterRefusal{500};
constexpr std::size_t kMostSets = 4'096;

std::uint64_t number_of(ChargeId charge) {
  return static_cast<std::uint64_t>(charge);
}

std::uint64_t digest_of(std::span<const LimitedScope> scopes) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (const LimitedScope& scope : scopes) digest = (digest ^ static_cast<std::uint32_t>(scope.id)) * 0x100000001b3;
  return digest;
}

}  // namespace

bool HeldLease::covers(ScopeId scope) const {
  return std::any_of(scopes.begin(), scopes.end(), [scope](const LimitedScope& each) { return each.id == scope; });
}

HeldLeases::Busy* HeldLeases::find(std::span<const LimitedScope> scopes) {
  const auto found = busy_.find(digest_of(scopes));
  if (found == busy_.end() ||
      !std::equal(scopes.begin(), scopes.end(), found->second.scopes.begin(), found->second.scopes.end()))
    return nullptr;
  return &found->second;
}

HeldLeases::Busy& HeldLeases::at(std::span<const LimitedScope> scopes, MonoTime now) {
  if (Busy* found = find(scopes); found != nullptr) return *found;
  if (busy_.size() >= kMostSets) forget_idle(now);
  Busy& busy = busy_[digest_of(scopes)];
  if (busy.lease != nullptr) busy.lease->lease.close();
  busy = {};
  busy.scopes.assign(scopes.begin(), scopes.end());
  return busy;
}

void HeldLeases::forget_idle(MonoTime now) {
  std::erase_if(busy_, [now](const auto& each) {
    const Busy& busy = each.second;
    return busy.lease == nullptr && !busy.asking && busy.demand.requests_per_second(now) < 1;
  });
}

std::optional<HeldLeases::Taken> HeldLeases::take(const quota::SharedAsk& ask, MonoTime now) {
  Busy& busy = at(ask.scopes, now);
  busy.demand.asked(ask.tokens, now);
  if (busy.lease == nullptr || !busy.lease->lease.take(ask.tokens, now)) return std::nullopt;
  Taken taken{busy.lease->id, busy.lease->lease.at(now), busy.lease->lease.low(now), {}};
  for (std::size_t i = 0; i < busy.lease->told.size(); ++i)
    taken.standing.push_back(standing_without(busy.scopes[i], busy.lease->told[i], busy.lease->lease.left()));
  busy.lease->told.clear();
  return taken;
}

void HeldLeases::told(std::span<const LimitedScope> scopes, std::vector<Told> told) {
  if (Busy* busy = find(scopes); busy != nullptr) busy->told = std::move(told);
}

std::optional<LeaseAmount> HeldLeases::wanted(std::span<const LimitedScope> scopes, std::int64_t lessees,
                                              MonoTime now) {
  Busy* busy = find(scopes);
  if (busy == nullptr || busy->asking || busy->told.empty() || now < busy->not_before) return std::nullopt;
  if (busy->lease != nullptr && !busy->lease->lease.low(now)) return std::nullopt;
  auto amount = amount_to_lease(policy_, busy->demand, busy->scopes, busy->told, lessees, now);
  busy->asking = amount.has_value();
  if (!amount) busy->not_before = now + kAfterRefusal / 10;
  return amount;
}

HeldLease& HeldLeases::granted(ChargeId id, std::span<const LimitedScope> scopes, const LeaseAmount& amount,
                               const Admitted& admitted, MonoTime sent) {
  auto& held = leases_[number_of(id)];
  KTL_CHECK(held == nullptr, "a lease is granted once");
  held = std::make_unique<HeldLease>(HeldLease{.id = id,
                                               .scopes = {scopes.begin(), scopes.end()},
                                               .lease = Lease(amount, admitted, sent),
                                               .told = admitted.scopes,
                                               .ended = {},
                                               .telling = false,
                                               .left_to_store = false,
                                               .kept = std::nullopt});
  Busy* busy = find(scopes);
  if (busy == nullptr) {  // the limits have changed meanwhile
    held->lease.close();
    return *held;
  }
  busy->asking = false;
  if (busy->lease != nullptr) busy->lease->lease.close();
  busy->lease = held.get();
  busy->told = admitted.scopes;
  return *held;
}

void HeldLeases::refused(std::span<const LimitedScope> scopes, MonoTime now) {
  Busy* busy = find(scopes);
  if (busy == nullptr) return;
  busy->asking = false;
  busy->not_before = now + kAfterRefusal;
}

HeldLease* HeldLeases::ended(const OutboxCharge& charge) {
  HeldLease* held = find(charge.open.lease);
  if (held == nullptr) return nullptr;
  const bool released = charge.ending->kind == ledger::EntryKind::release;
  held->lease.ended(charge.open.reserved_tokens,
                    {.requests = released ? 0 : 1, .tokens = charge.ending->usage, .outcome = charge.ending->outcome});
  if (!held->left_to_store) held->ended.push_back(charge);
  return held;
}

void HeldLeases::put_back(ChargeId lease, std::int64_t tokens) {
  if (HeldLease* held = find(lease); held != nullptr) held->lease.ended(tokens, {0, {}, ledger::Outcome::unknown});
}

bool HeldLeases::close(ScopeId scope, MonoTime now) {
  bool any = false;
  for (auto& [id, held] : leases_) {
    if (held->lease.over(now) || !held->covers(scope)) continue;
    held->lease.close();
    any = true;
  }
  return any;
}

void HeldLeases::close_all() {
  for (auto& [id, held] : leases_) held->lease.close();
}

HeldLease* HeldLeases::find(ChargeId lease) {
  const auto found = leases_.find(number_of(lease));
  return found == leases_.end() ? nullptr : found->second.get();
}

std::vector<ChargeId> HeldLeases::all() const {
  std::vector<ChargeId> ids;
  for (const auto& [id, held] : leases_) ids.push_back(held->id);
  return ids;
}

void HeldLeases::forget(ChargeId lease) {
  const auto found = leases_.find(number_of(lease));
  if (found == leases_.end()) return;
  if (Busy* busy = find(found->second->scopes); busy != nullptr && busy->lease == found->second.get())
    busy->lease = nullptr;
  leases_.erase(found);
}

}  // namespace ktl::storage::redis

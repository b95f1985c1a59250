#include "storage/redis/charge_calls.h"

#include "base/check.h"

namespace ktl::storage::redis {
namespace {

bool has(ScopeMask mask, std::size_t index) {
  return (mask >> index & 1U) != 0;
}

std::vector<ScopeName> noted_of(const ledger::Entry& open) {
  std::vector<ScopeName> noted;
  for (std::size_t i = 0; i < open.scope_count; ++i) noted.push_back({kind_at(i), open.scopes[i]});
  return noted;
}

Command ending_of(const Functions& functions, const ChargeStep& step, const ledger::Entry& ending) {
  switch (ending.kind) {
    case ledger::EntryKind::settle:
      return functions.settle(step.place, {.requests = 1, .tokens = ending.usage, .outcome = ending.outcome});
    case ledger::EntryKind::release:
      return functions.release(step.place);
    default:
      return functions.expire(step.place);
  }
}

}  // namespace

ScopeKind kind_at(std::size_t index) {
  constexpr ScopeKind kKinds[] = {ScopeKind::key, ScopeKind::user, ScopeKind::model, ScopeKind::global};
  return index < std::size(kKinds) ? kKinds[index] : ScopeKind::group;
}

ScopeMask limited_shared(std::span<const LimitedScope> scopes) {
  ScopeMask mask = 0;
  for (std::size_t i = 0; i < scopes.size(); ++i)
    if (Keyspace::is_shared(scopes[i].kind) && scopes[i].limits != quota::Limits{}) mask |= ScopeMask{1} << i;
  return mask;
}

std::vector<ChargeStep> steps_of(std::string_view charge, std::span<const LimitedScope> scopes, bool cluster,
                                 ScopeMask shared) {
  KTL_CHECK(scopes.size() >= 2 && scopes[1].kind == ScopeKind::user, "a charge has a key and a user");
  std::vector<ChargeStep> steps(1);
  ChargeStep& tenant = steps.front();
  tenant.place.tag = Keyspace::tenant_tag(scopes[1].id);
  tenant.place.charge = charge;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    if (cluster && Keyspace::is_shared(scopes[i].kind)) continue;
    tenant.place.scopes.push_back(scopes[i]);
    tenant.scopes.push_back(i);
  }
  for (std::size_t i = 0; cluster && i < scopes.size(); ++i) {
    if (!Keyspace::is_shared(scopes[i].kind) || !has(shared, i)) continue;
    ChargeStep step;
    step.booked = false;
    step.place.tag = Keyspace::shared_tag(scopes[i].kind, scopes[i].id);
    // Two scopes may share a tag: the charge has one record for each.
    step.place.charge = std::string(charge) + "." + std::to_string(i);
    step.place.scopes.push_back(scopes[i]);
    step.scopes.push_back(i);
    steps.push_back(std::move(step));
  }
  return steps;
}

LeasedCharge leased_charge_of(const OutboxCharge& charge) {
  const ledger::Entry& ending = *charge.ending;
  const bool released = ending.kind == ledger::EntryKind::release;
  return {.number = static_cast<std::uint64_t>(charge.open.charge),
          .kind = ending.kind,
          .admitted_at = charge.open.at,
          .reserved = charge.open.reserved_tokens,
          .used = {.requests = released ? 0 : 1, .tokens = ending.usage, .outcome = ending.outcome}};
}

std::optional<Command> told_if_unknown(const Functions& functions, const ChargeStep& step, const OutboxCharge& charge) {
  if (charge.is_lease()) return functions.undo(step.place);
  const ledger::Entry& ending = *charge.ending;
  if (ending.kind == ledger::EntryKind::release) return std::nullopt;
  PastWork work;
  work.gateway = charge.gateway();
  work.admitted_at = charge.open.at;
  work.reserved = charge.open.reserved_tokens;
  work.used = {.requests = 1, .tokens = ending.usage, .outcome = ending.outcome};
  work.booked = step.booked;
  work.noted = noted_of(charge.open);
  ChargePlace place = step.place;
  if (charge.is_leased()) place.charge = charge.name();
  return functions.book(place, work);
}

namespace {

// A lease, or what was taken from one.
EndingCall ending_of_leased(const Functions& functions, ChargeStep step, const OutboxCharge& charge) {
  step.place.charge = charge.lease_name();
  if (charge.is_lease()) {
    Command ends = functions.spend(step.place, {}, LeaseAmount{});
    return {std::move(ends), true, std::move(step)};
  }
  const LeasedCharge words = leased_charge_of(charge);
  Command spends = functions.spend(step.place, {&words, 1}, std::nullopt);
  return {std::move(spends), true, std::move(step)};
}

}  // namespace

std::vector<EndingCall> endings_of(const Functions& functions, const OutboxCharge& charge, bool cluster,
                                   const LimitsOf& limits) {
  std::vector<LimitedScope> scopes;
  scopes.reserve(charge.open.scope_count);
  for (std::size_t i = 0; i < charge.open.scope_count; ++i) {
    const ScopeId id = charge.open.scopes[i];
    scopes.push_back({kind_at(i), id, limits(id)});
  }
  if (charge.open.lease != ChargeId::none)
    return {ending_of_leased(functions, std::move(steps_of(charge.name(), scopes, cluster, 0).front()), charge)};
  const bool unshared = quota::is_unshared(charge.open.charge);
  const ScopeMask shared = unshared ? limited_shared(scopes) : charge.shared_steps;
  std::vector<EndingCall> calls;
  for (ChargeStep& step : steps_of(charge.name(), scopes, cluster, shared)) {
    auto told = unshared ? told_if_unknown(functions, step, charge) : ending_of(functions, step, *charge.ending);
    if (told) calls.push_back({std::move(*told), false, std::move(step)});
  }
  return calls;
}

}  // namespace ktl::storage::redis

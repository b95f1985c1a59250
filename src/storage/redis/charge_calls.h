#pragma once
// A charge of the journal as calls to Redis: where it is counted, in which steps, and what its ending says.
//
// One server counts all scopes of a charge in one step. In a cluster the tenant's scopes (key, user) are one step,
// which also keeps the ledger entry; each scope that tenants share (model, global, group) is a step of its own, taken
// only if it was limited. Pure.
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "ledger/entry.h"
#include "storage/redis/functions.h"
#include "storage/redis/outbox.h"

namespace ktl::storage::redis {

// What a scope is, by its place in a journal entry: key, user, model, global, then groups.
ScopeKind kind_at(std::size_t index);

// The limits that hold for a scope now, for the debt that an ending may leave.
using LimitsOf = std::function<quota::Limits(ScopeId)>;

struct ChargeStep {
  ChargePlace place;
  bool booked = true;               // this step writes the ledger entry
  std::vector<std::size_t> scopes;  // of the charge, by index
};

// The steps of a charge on these scopes, in order. `shared`: which of the shared scopes have steps of their own, if
// `cluster`.
std::vector<ChargeStep> steps_of(std::string_view charge, std::span<const LimitedScope> scopes, bool cluster,
                                 ScopeMask shared);
// Those of the shared scopes that are limited.
ScopeMask limited_shared(std::span<const LimitedScope> scopes);

// What an ended charge has to tell Redis, each of which may be told twice.
struct EndingCall {
  Command command;
  bool of_lease = false;  // the reply is that of spend
  ChargeStep step;
};
// What a charge that was taken from a lease says in a call of spend.
LeasedCharge leased_charge_of(const OutboxCharge& charge);
std::vector<EndingCall> endings_of(const Functions& functions, const OutboxCharge& charge, bool cluster,
                                   const LimitsOf& limits);

// What is told if Redis answers that it knows no such charge: it has lost it (a replica took over, a power loss), so it
// is booked; nothing is owed for work that never started. A lease that it never had is undone, so that a reservation
// that is still under way does not open it.
std::optional<Command> told_if_unknown(const Functions& functions, const ChargeStep& step, const OutboxCharge& charge);

}  // namespace ktl::storage::redis

// What a simulated gateway does with leases: it holds one for each busy user, tells what it handed out in batches, and
// falls back to telling charge by charge when a call is not answered.
#include <algorithm>

#include "storage/redis/shared_gateway.h"

namespace ktl::storage::redis {

bool SharedGateway::take_from_lease(std::size_t user, std::int64_t tokens) {
  if (!world_.leases || world_.cluster) return false;
  demand_[user].asked(tokens, mono());
  const auto found = leases_.find(user);
  if (found == leases_.end()) return consider_lease(user), false;
  const HeldLeasePtr held = found->second;
  const MonoTime when = is(Careless::leases_for_ever) ? MonoTime(Millis(held->charge->sent_at)) : mono();
  if (!held->lease.take(tokens, when)) return false;
  ++world_.counts.from_leases;
  const ChargePtr charge = make_charge(user, tokens);
  charge->lease = held->charge;
  charge->admitted_at = held->lease.at(when).time_since_epoch().count();
  for (const ScopeName& scope : charge->noted) charge->at.emplace_back(scope.id, world_.network.now());
  world_.auditor.reserved(charge->name, 1, tokens);
  world_.auditor.taken_from(charge->name, held->charge->name);
  written_.emplace(charge->name, charge);
  begin_work(charge, tokens, [this, charge, held, tokens](const Used& used) {
    held->lease.ended(tokens, used);
    charge->ending = used.requests > 0 ? Ending::settle : Ending::release;
    charge->used = used;
    world_.auditor.written_down(charge->name);
    if (held->left) return;
    ++charge->under_way;  // nobody else tells it while it waits
    held->ended.push_back(charge);
    if (held->ended.size() >= 3) tell_lease(held);
  });
  return true;
}

void SharedGateway::consider_lease(std::size_t user) {
  const auto told = last_told_.find(user);
  if (told == last_told_.end() || leasing_.contains(user)) return;
  const LimitedScope scopes[] = {world_.users[user], world_.everybody};
  const auto lessees = static_cast<std::int64_t>(world_.living.size());
  const LeasePolicy policy{.length = Millis(world_.lease_length), .least_requests = 2, .part = 2};
  const auto amount = amount_to_lease(policy, demand_[user], scopes, told->second, lessees, mono());
  if (!amount) return;
  leasing_.insert(user);
  const ChargePtr charge = make_charge(user, amount->tokens);
  charge->is_lease = true;
  charge->requests = amount->requests;
  charge->places = amount->places;
  world_.auditor.is_lease(charge->name);
  written_.emplace(charge->name, charge);
  take_step(charge, 0, [this, charge, user, amount](const Admitted& granted) {
    ++world_.counts.leased;
    leases_.emplace(
        user, std::make_shared<HeldLease>(
                  HeldLease{charge, Lease(*amount, granted, MonoTime(Millis(charge->sent_at))), {}, false, false, {}}));
  });
}

// A lease that is over makes room for the next one, and ends once nothing of it runs.
void SharedGateway::look_after_leases() {
  for (auto held = leases_.begin(); held != leases_.end();) {
    if (!is_over(*held->second)) {
      tell_lease(held->second);
      ++held;
      continue;
    }
    leasing_.erase(held->first);
    ending_leases_.push_back(held->second);
    held = leases_.erase(held);
  }
  // A lease that was not granted leaves its user free to try again.
  std::erase_if(leasing_, [this](std::size_t user) {
    const bool asked = std::any_of(asked_.begin(), asked_.end(), [&](const auto& each) {
      return each.second->is_lease && each.second->noted.front().id == world_.users[user].id;
    });
    return !asked && !leases_.contains(user);
  });
  for (const HeldLeasePtr& held : std::vector(ending_leases_)) tell_lease(held);
  std::erase_if(ending_leases_, [this](const HeldLeasePtr& held) {
    if (!held->left || held->telling || !held->lease.finished(mono())) return held->charge->ending != Ending::none;
    held->charge->ending = Ending::settle;  // told with all the others
    world_.auditor.written_down(held->charge->name);
    return true;
  });
}

bool SharedGateway::is_over(const HeldLease& held) const {
  if (is(Careless::leases_for_ever) && world_.network.now() < held.charge->sent_at + 70'000) return false;
  return held.lease.over(mono());
}

// All that has ended in one call; of a lease that is over, only what still runs is kept.
void SharedGateway::tell_lease(const HeldLeasePtr& held) {
  if (held->telling || held->left) return;
  std::optional<LeaseAmount> keep;
  if (is_over(*held)) {
    held->lease.close();
    keep = held->lease.running();
  }
  if (is(Careless::shrinks_early)) keep = held->lease.running();
  const bool finished = is_over(*held) && held->lease.finished(mono()) && held->charge->ending == Ending::none;
  if (held->ended.empty() && !finished && (!keep || keep == held->kept)) return;
  if (finished) {
    held->charge->ending = Ending::settle;
    world_.auditor.written_down(held->charge->name);
    ++held->charge->under_way;
  }
  std::vector<LeasedCharge> words;
  for (const ChargePtr& charge : held->ended) words.push_back(leased(*charge));
  held->telling = true;
  const auto batch = std::exchange(held->ended, {});
  send(world_.functions.spend(held->charge->steps.front(), words, keep),
       [this, held, batch, keep, finished](std::optional<Value> reply) {
         held->telling = false;
         for (const ChargePtr& charge : batch) --charge->under_way;
         if (finished) --held->charge->under_way;
         const auto spent = reply ? read_spent(*reply) : Spent{};
         if (!spent) return world_.auditor.found("spent: " + spent.error().message);
         if (!reply || !spent->unknown.empty()) {
           held->left = true;
           held->lease.close();
           for (const ChargePtr& charge : held->ended) --charge->under_way;
           held->ended.clear();
           return;
         }
         for (const ChargePtr& charge : batch) is_understood(charge);
         held->kept = keep;
         if (finished) is_understood(held->charge);
       });
}

LeasedCharge SharedGateway::leased(const Charge& charge) const {
  const auto kind = charge.ending == Ending::release  ? ledger::EntryKind::release
                    : charge.ending == Ending::expire ? ledger::EntryKind::expire
                                                      : ledger::EntryKind::settle;
  return {charge.number, kind, WallTime(Millis(charge.admitted_at)), charge.tokens, charge.used};
}

// A lease ends after all that was taken from it.
bool SharedGateway::waits_for_others(const Charge& lease) const {
  return lease.is_lease && std::any_of(written_.begin(), written_.end(), [&lease](const auto& each) {
           return each.second->lease && each.second->lease->name == lease.name;
         });
}

}  // namespace ktl::storage::redis

#include "storage/redis/leasing.h"

#include <algorithm>
#include <utility>

#include "storage/redis/session.h"

namespace ktl::storage::redis {
namespace {

constexpr Millis kTick{50};           // an ending is told after this at the latest
constexpr std::size_t kAtOnce = 128;  // endings in one call
constexpr std::size_t kTellFrom = 64;

std::vector<ScopeName> names_of(std::span<const LimitedScope> scopes) {
  std::vector<ScopeName> names;
  for (const LimitedScope& scope : scopes) names.push_back({scope.kind, scope.id});
  return names;
}

// Endings that one call can tell: their numbers are near each other.
std::vector<OutboxCharge> next_batch(std::vector<OutboxCharge>& ended) {
  const auto chunk = [](const OutboxCharge& charge) { return static_cast<std::uint64_t>(charge.open.charge) >> 16; };
  const auto last = ended.begin() + static_cast<std::ptrdiff_t>(std::min(ended.size(), kAtOnce));
  const auto end =
      std::find_if(ended.begin(), last, [&](const auto& each) { return chunk(each) != chunk(ended.front()); });
  std::vector<OutboxCharge> batch(std::make_move_iterator(ended.begin()), std::make_move_iterator(end));
  ended.erase(ended.begin(), end);
  return batch;
}

}  // namespace

Leasing::Leasing(net::EventLoop& loop, Client& client, const Functions& functions, bool cluster, SharedState& state,
                 LeasePolicy policy)
    : loop_(loop), client_(client), functions_(functions), cluster_(cluster), state_(state), held_(policy) {}

Leasing::~Leasing() {
  for (const ChargeId lease : held_.all()) {
    write_ending(lease, ledger::EntryKind::settle);
    forget(lease);
  }
}

ChargePlace Leasing::place_of(ChargeId lease, std::span<const LimitedScope> scopes) const {
  OutboxCharge named;
  named.run = state_.outbox().run();
  named.open.charge = lease;
  return std::move(steps_of(named.name(), scopes, cluster_, 0).front().place);
}

std::optional<quota::SharedAdmission> Leasing::take(const quota::SharedAsk& ask) {
  // In a cluster scopes that tenants share are asked elsewhere: a lease would not cover them.
  if (cluster_ && limited_shared(ask.scopes) != 0) return std::nullopt;
  auto taken = held_.take(ask, state_.clock().mono());
  if (!taken) return std::nullopt;
  if (taken->low) consider(ask.scopes);
  return quota::SharedAdmission{taken->at, std::move(taken->standing), taken->lease};
}

void Leasing::told(std::span<const LimitedScope> scopes, std::vector<Told> told) {
  held_.told(scopes, std::move(told));
  consider(scopes);
}

void Leasing::consider(std::span<const LimitedScope> scopes) {
  const auto amount = held_.wanted(scopes, state_.lessees(), state_.clock().mono());
  if (amount) loop_.spawn(ask({scopes.begin(), scopes.end()}, *amount));
}

net::Task<void> Leasing::ask(std::vector<LimitedScope> scopes, LeaseAmount amount) {
  ledger::Entry open;
  open.charge = open.lease = state_.next_charge();
  open.at = state_.clock().wall();
  open.scope_count = static_cast<std::uint8_t>(scopes.size());
  for (std::size_t i = 0; i < scopes.size(); ++i) open.scopes[i] = scopes[i].id;
  open.reserved_tokens = amount.tokens;
  if (!state_.outbox().append(open)) {
    held_.refused(scopes, state_.clock().mono());
    co_return;
  }
  const ChargePlace place = place_of(open.charge, scopes);
  Ask words;
  words.gateway = Outbox::gateway_name(state_.outbox().run());
  words.tokens = amount.tokens;
  words.requests = amount.requests;
  words.places = amount.places;
  words.lease = held_.length();
  words.noted = names_of(scopes);
  const Command command = functions_.reserve(place, words);
  const MonoTime sent = state_.clock().mono();
  const Result<Value> reply = co_await call_function(client_, command);
  const auto answer = reply ? read_reserve(*reply, place.scopes) : Result<ReserveAnswer>(tl::unexpected(reply.error()));
  if (answer && std::holds_alternative<Admitted>(*answer)) {
    Admitted admitted = std::get<Admitted>(*answer);
    // Shared scopes of a cluster are not limited here, so nothing was told of them.
    admitted.scopes.resize(scopes.size());
    held_.granted(open.charge, scopes, amount, admitted, sent);
    if (held_changed_) held_changed_(1);
    tick_soon();
    co_return;
  }
  held_.refused(scopes, state_.clock().mono());
  write_ending(open.charge, ledger::EntryKind::release);
  if (answer && std::holds_alternative<Refused>(*answer)) {
    state_.outbox().acknowledged(state_.outbox().run(), open.charge, loop_.now());
  } else {
    state_.undo_later({place});
  }
}

void Leasing::write_ending(ChargeId lease, ledger::EntryKind kind) {
  ledger::Entry ending;
  ending.kind = kind;
  ending.charge = lease;
  ending.at = state_.clock().wall();
  ending.outcome = ledger::Outcome::ok;
  // The journal keeps room for every ending, and remembers it even if the disk fails.
  static_cast<void>(state_.outbox().append(ending));
}

void Leasing::forget(ChargeId lease) {
  held_.forget(lease);
  if (held_changed_) held_changed_(-1);
}

void Leasing::ended(const OutboxCharge& charge) {
  const HeldLease* held = held_.ended(charge);
  if (held != nullptr && held->ended.size() >= kTellFrom && !held->telling) loop_.spawn(tell(held->id));
}

net::Task<bool> Leasing::give_back(ScopeId scope) {
  if (!held_.close(scope, state_.clock().mono())) co_return false;
  for (const ChargeId lease : held_.all()) {
    const HeldLease* held = held_.find(lease);
    if (held != nullptr && held->covers(scope)) co_await tell(lease);
  }
  co_return true;
}

// All that can be told of a lease now, call after call.
net::Task<void> Leasing::tell(ChargeId lease) {
  HeldLease* held = held_.find(lease);
  if (held == nullptr || held->telling || held->left_to_store) co_return;
  held->telling = true;
  for (;;) {
    std::vector<OutboxCharge> batch;
    if (!held->ended.empty()) batch = next_batch(held->ended);
    std::optional<LeaseAmount> keep;
    const MonoTime now = state_.clock().mono();
    if (held->lease.over(now) && held->ended.empty()) {
      held->lease.close();  // for good: what comes back from now on is not handed out again
      keep = held->lease.running();
    }
    const bool finished = keep && held->lease.finished(now);
    if (batch.empty() && (!keep || keep == held->kept)) break;
    if (finished) write_ending(lease, ledger::EntryKind::settle);
    const bool understood = co_await tell_batch(*held, std::move(batch), keep);
    if (finished) {
      if (understood) state_.outbox().acknowledged(state_.outbox().run(), lease, loop_.now());
      forget(lease);
      co_return;
    }
    if (!understood) {
      held->left_to_store = true;
      held->lease.close();
      held->ended.clear();
      break;
    }
    held->kept = keep;
  }
  held->telling = false;
}

// One call, and one more for each charge that the lease does not know.
net::Task<bool> Leasing::tell_batch(HeldLease& held, std::vector<OutboxCharge> batch, std::optional<LeaseAmount> keep) {
  std::vector<LeasedCharge> charges;
  charges.reserve(batch.size());
  for (const OutboxCharge& charge : batch) charges.push_back(leased_charge_of(charge));
  const ChargeStep step{place_of(held.id, held.scopes), true, {}};
  const Command command = functions_.spend(step.place, charges, keep);
  const Result<Value> reply = co_await call_function(client_, command);
  const Result<Spent> spent = reply ? read_spent(*reply) : Result<Spent>(tl::unexpected(reply.error()));
  if (!spent) co_return false;
  for (const std::size_t unknown : spent->unknown) {
    if (unknown >= batch.size()) co_return false;
    const auto booking = told_if_unknown(functions_, step, batch[unknown]);
    if (!booking) continue;
    const Result<Value> booked = co_await call_function(client_, *booking);
    if (!booked || !read_end(*booked)) co_return false;
  }
  state_.outbox().acknowledged(batch, loop_.now());
  co_return true;
}

void Leasing::tick_soon() {
  if (!timer_.armed()) loop_.arm(timer_, loop_.now() + kTick, [this] { tick(); });
}

void Leasing::tick() {
  if (!client_.connected()) held_.close_all();
  const MonoTime now = state_.clock().mono();
  for (const ChargeId lease : held_.all()) {
    const HeldLease& held = *held_.find(lease);
    if (held.telling) continue;
    if (held.left_to_store) {
      if (!held.lease.finished(now)) continue;
      write_ending(lease, ledger::EntryKind::settle);
      forget(lease);
    } else if (!held.ended.empty() || (held.lease.over(now) && held.kept != held.lease.running())) {
      loop_.spawn(tell(lease));
    }
  }
  if (held_.size() > 0) tick_soon();
}

}  // namespace ktl::storage::redis

#include "storage/memory/memory_store.h"

#include <algorithm>

#include "ledger/adjustment.h"

namespace ktl::storage {
namespace {

using ledger::Entry;
using ledger::EntryKind;

constexpr std::int64_t kSliceMs = 500;

}  // namespace

Result<ledger::Sequence> MemoryStore::append(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  if (fail_in_ > 0 && --fail_in_ == 0) {
    return fail(ErrorCode::unavailable, ErrorSource::storage, "told to fail", Retry::yes);
  }
  if (entry.kind == EntryKind::open && !refusal_.empty()) {
    return fail(ErrorCode::unavailable, ErrorSource::storage, refusal_, Retry::yes);
  }
  entries_.push_back(entry);
  if (!sync_held_) synced_ = entries_.size();
  if (entry.kind == EntryKind::open) {
    charges_.try_emplace(entry.charge, Charge{entry, false, {}});
  } else if (const auto charge = charges_.find(entry.charge); charge != charges_.end()) {
    if (!charge->second.ended) {
      end(charge->second, entry);
    } else if (charge->second.ending.kind == EntryKind::expire && entry.kind == EntryKind::settle) {
      settle_late(charge->second, entry.usage);
    }
  }
  return static_cast<ledger::Sequence>(entries_.size());
}

void MemoryStore::end(Charge& charge, const Entry& ending) {
  charge.ended = true;
  charge.ending = ending;
  if (ending.kind == EntryKind::release) charge.ending.usage = {};
  if (ending.kind == EntryKind::expire) charge.ending.usage = {charge.open.reserved_tokens, 0, 0, 0};
  count(charge.open, ledger::sum_of(ending.kind, charge.ending.usage));
}

void MemoryStore::settle_late(Charge& charge, const TokenUsage& actual) {
  count(charge.open, ledger::sum_of(EntryKind::adjust, ledger::difference(actual, charge.ending.usage)));
  charge.ending.kind = EntryKind::settle;  // once
  charge.ending.usage = actual;
}

void MemoryStore::count(const Entry& open, const ledger::Sum& more) {
  if (more == ledger::Sum{}) return;
  const std::span scopes(open.scopes.data(), open.scope_count);
  for (const ScopeId scope : scopes) {
    ledger::Totals& totals = totals_[scope];
    totals.scope = scope;
    totals.requests += more.requests;
    totals.prompt_tokens += more.prompt;
    totals.completion_tokens += more.completion;
  }
  if (usage_ != nullptr) usage_->add(open.at, scopes, more);
}

ChargeId MemoryStore::next_charge() {
  const std::lock_guard lock(mutex_);
  return static_cast<ChargeId>(++last_charge_);
}

bool MemoryStore::synced(ledger::Sequence sequence) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(sequence) <= synced_;
}

void MemoryStore::when_synced(ledger::Sequence sequence, std::function<void(bool)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (static_cast<std::uint64_t>(sequence) > synced_) {
      waiters_.push_back({static_cast<std::uint64_t>(sequence), std::move(done)});
      return;
    }
  }
  done(true);
}

ledger::Journal::Health MemoryStore::health() const {
  const std::lock_guard lock(mutex_);
  Health health;
  health.accepting = refusal_.empty();
  health.reason = refusal_;
  return health;
}

Result<std::vector<ledger::Totals>> MemoryStore::totals() {
  const std::lock_guard lock(mutex_);
  std::vector<ledger::Totals> all;
  all.reserve(totals_.size());
  for (const auto& [scope, totals] : totals_) all.push_back(totals);
  return all;
}

Result<std::vector<ledger::UsageSlice>> MemoryStore::usage_since(WallTime since, WallTime) {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<WallTime, ScopeId>, ledger::UsageSlice> slices;
  for (const auto& [id, charge] : charges_) {
    if (!charge.ended || charge.ending.kind == EntryKind::release || charge.open.at < since) continue;
    const std::int64_t begin = charge.open.at.time_since_epoch().count() / kSliceMs * kSliceMs;
    const WallTime at = std::max(WallTime(Millis(begin)), since);
    for (std::size_t i = 0; i < charge.open.scope_count; ++i) {
      ledger::UsageSlice& slice = slices[{at, charge.open.scopes[i]}];
      slice.scope = charge.open.scopes[i];
      slice.at = at;
      ++slice.requests;
      slice.tokens += charge.ending.usage.total();
    }
  }
  std::vector<ledger::UsageSlice> all;
  all.reserve(slices.size());
  for (const auto& [key, slice] : slices) all.push_back(slice);
  return all;
}

Result<ScopeId> MemoryStore::scope(ScopeKind kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto next = static_cast<ScopeId>(scopes_.size() + 1);
  return scopes_.try_emplace({kind, std::string(name)}, next).first->second;
}

void MemoryStore::fail_nth_append(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_in_ = nth;
}

void MemoryStore::refuse_opens(std::string reason) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(reason);
}

void MemoryStore::hold_sync(bool held) {
  {
    const std::lock_guard lock(mutex_);
    sync_held_ = held;
  }
  if (!held) sync_now();
}

void MemoryStore::sync_now(bool good) {
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    if (good) synced_ = entries_.size();
    waiters.swap(waiters_);
  }
  for (Waiter& waiter : waiters) waiter.done(good);
}

void MemoryStore::restart(WallTime now) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, charge] : charges_) {
    if (charge.ended) continue;
    Entry ending;
    ending.kind = EntryKind::expire;
    ending.charge = id;
    ending.at = now;
    ending.outcome = ledger::Outcome::gateway_died;
    end(charge, ending);
  }
}

std::vector<Entry> MemoryStore::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::size_t MemoryStore::open_charges() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(charges_.begin(), charges_.end(), [](const auto& charge) { return !charge.second.ended; }));
}

}  // namespace ktl::storage

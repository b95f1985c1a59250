#include "storage/memory/memory_usage_book.h"

#include <unordered_map>

#include "ledger/days.h"

namespace ktl::storage {
namespace {

constexpr std::int64_t kHoursKept = 72;
constexpr int kAtOnce = 1'000;

}  // namespace

void MemoryUsageBook::add(WallTime admitted, std::span<const ScopeId> scopes, const ledger::Sum& sum) {
  if (scopes.empty()) return;
  const std::int64_t day = ledger::day_number(admitted, day_offset_), hour = ledger::hour_number(admitted);
  const std::lock_guard lock(mutex_);
  for (const ScopeId scope : scopes) {
    days_[{day, scope}] += sum;
    hours_[{hour, scope}] += sum;
  }
  hours_.erase(hours_.begin(), hours_.lower_bound({hours_.rbegin()->first.first - kHoursKept, ScopeId::none}));
}

Result<std::vector<ledger::DayUsage>> MemoryUsageBook::by_day(ScopeKind, ScopeId scope, std::int64_t from,
                                                              std::int64_t to) {
  std::vector<ledger::DayUsage> found;
  const std::lock_guard lock(mutex_);
  for (std::int64_t day = from; day <= to; ++day)
    if (const auto sum = days_.find({day, scope}); sum != days_.end()) found.push_back({day, sum->second});
  return found;
}

Result<std::vector<ledger::UsageSlice>> MemoryUsageBook::by_hour(ScopeKind, ScopeId scope, WallTime from, WallTime to) {
  std::vector<ledger::UsageSlice> found;
  const std::lock_guard lock(mutex_);
  for (std::int64_t hour = ledger::hour_number(from); hour <= ledger::hour_number(to); ++hour)
    if (const auto sum = hours_.find({hour, scope}); sum != hours_.end())
      found.push_back({scope, ledger::hour_begin(hour), sum->second.requests, sum->second.tokens()});
  return found;
}

template <class Take>
void MemoryUsageBook::for_days(std::int64_t from, std::int64_t to, const Take& take) {
  std::pair next(from, ScopeId::none);
  for (bool more = true; more;) {
    const std::lock_guard lock(mutex_);
    auto sum = days_.lower_bound(next);
    for (int taken = 0; taken < kAtOnce && sum != days_.end() && sum->first.first <= to; ++taken, ++sum)
      take(sum->first.first, sum->first.second, sum->second);
    more = sum != days_.end() && sum->first.first <= to;
    if (more) next = sum->first;
  }
}

Result<std::vector<ledger::NamedUsage>> MemoryUsageBook::most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                                   std::size_t most) {
  std::unordered_map<ScopeId, ledger::NamedUsage> all;
  for (auto& [scope, name] : names_.scopes_of(kind)) all[scope].name = std::move(name);
  for_days(from, to, [&](std::int64_t, ScopeId scope, const ledger::Sum& sum) {
    if (const auto known = all.find(scope); known != all.end()) known->second.sum += sum;
  });
  std::vector<ledger::NamedUsage> list;
  list.reserve(all.size());
  for (auto& [scope, usage] : all) list.push_back(std::move(usage));
  return ledger::most_of(std::move(list), most);
}

Result<std::vector<ledger::NamedDayUsage>> MemoryUsageBook::each_by_day(ScopeKind kind, std::int64_t from,
                                                                        std::int64_t to) {
  std::unordered_map<ScopeId, std::string> names;
  for (auto& [scope, name] : names_.scopes_of(kind)) names[scope] = std::move(name);
  std::vector<ledger::NamedDayUsage> list;
  for_days(from, to, [&](std::int64_t day, ScopeId scope, const ledger::Sum& sum) {
    if (const auto known = names.find(scope); known != names.end()) list.push_back({day, known->second, sum});
  });
  return ledger::in_order(std::move(list));
}

}  // namespace ktl::storage

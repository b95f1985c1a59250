#include "storage/redis/redis_usage_book.h"

#include <algorithm>
#include <charconv>

#include "ledger/days.h"

namespace ktl::storage::redis {
namespace {

constexpr std::int64_t kDaysAtOnce = 32;
constexpr std::size_t kPage = 500;  // fields of a hash in one call, about

Error not_understood() {
  return {ErrorCode::io, ErrorSource::storage, Retry::no, "redis: totals of another shape"};
}

bool read_number(std::string_view& text, std::int64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return problem == std::errc();
}

// "<requests> <prompt> <completion>"
std::optional<ledger::Sum> sum_in(std::string_view text) {
  ledger::Sum sum;
  const bool whole = read_number(text, sum.requests) && read_number(text, sum.prompt) && read_number(text, sum.completion);
  return whole && text.empty() ? std::optional(sum) : std::nullopt;
}

std::string word_of(ScopeKind kind) {  // that begins its scopes' words
  return std::to_string(static_cast<unsigned>(kind)) + ":";
}

std::vector<std::string> groups_of(const ScopeName& scope) {
  if (scope.kind == ScopeKind::user) return {Keyspace::tenant_tag(scope.id)};
  std::vector<std::string> tags;
  for (int i = 0; i < Keyspace::kTenantTags; ++i) tags.push_back(Keyspace::tenant_tag(i));
  return tags;
}

}  // namespace

Result<std::vector<ledger::Sum>> RedisUsageBook::sums_in(Periods periods, ScopeName scope, std::int64_t from,
                                                         std::int64_t to) {
  std::vector<Command> calls;
  for (const std::string& tag : groups_of(scope)) calls.push_back((functions_.*periods)(tag, from, to, scope));
  std::vector<ledger::Sum> sums(static_cast<std::size_t>(to - from + 1));
  for (Result<Value>& reply : session_.call_all(calls)) {
    const auto told = unless_error(std::move(reply));
    if (!told) return tl::unexpected(told.error());
    const auto totals = read_totals(*told);
    if (!totals) return tl::unexpected(totals.error());
    if (totals->size() != sums.size()) return tl::unexpected(not_understood());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += {(*totals)[i][0], (*totals)[i][1], (*totals)[i][2]};
  }
  return sums;
}

Result<std::vector<ledger::DayUsage>> RedisUsageBook::by_day(ScopeKind kind, ScopeId scope, std::int64_t from,
                                                             std::int64_t to) {
  const auto sums = sums_in(&Functions::totals_of_days, {kind, scope}, from, to);
  if (!sums) return tl::unexpected(sums.error());
  std::vector<ledger::DayUsage> days;
  for (const ledger::Sum& sum : *sums) days.push_back({from + static_cast<std::int64_t>(days.size()), sum});
  return days;
}

Result<std::vector<ledger::UsageSlice>> RedisUsageBook::by_hour(ScopeKind kind, ScopeId scope, WallTime from,
                                                                WallTime to) {
  std::int64_t hour = ledger::hour_number(from);
  const auto sums = sums_in(&Functions::totals_of_hours, {kind, scope}, hour, ledger::hour_number(to));
  if (!sums) return tl::unexpected(sums.error());
  std::vector<ledger::UsageSlice> slices;
  for (const ledger::Sum& sum : *sums) slices.push_back({scope, ledger::hour_begin(hour++), sum.requests, sum.tokens()});
  return slices;
}

Result<void> RedisUsageBook::scan(const std::vector<std::string>& hashes, const std::string& pattern,
                                  std::size_t& read, const Take& take) {
  std::vector<std::pair<std::size_t, std::string>> open;  // a hash, and from where on
  for (std::size_t i = 0; i < hashes.size(); ++i) open.emplace_back(i, "0");
  while (!open.empty()) {
    std::vector<Command> calls;
    for (const auto& [hash, cursor] : open)
      calls.push_back({{"HSCAN", hashes[hash], cursor, "MATCH", pattern, "COUNT", std::to_string(kPage)}, hashes[hash]});
    std::vector<Result<Value>> replies = session_.call_all(calls);
    std::vector<std::pair<std::size_t, std::string>> rest;
    for (std::size_t i = 0; i < open.size(); ++i) {
      auto page = unless_error(std::move(replies[i]));
      if (!page) return tl::unexpected(page.error());
      if (page->items.size() != 2) return tl::unexpected(not_understood());
      const std::vector<Value>& fields = page->items[1].items;
      for (std::size_t k = 0; k + 1 < fields.size(); k += 2) take(open[i].first, fields[k].text, fields[k + 1].text);
      const bool last = page->items[0].text == "0";
      // Fields that do not match were gone through, too; of a last page it is not known how many.
      read += last ? fields.size() / 2 : kPage;
      if (!last) rest.emplace_back(open[i].first, std::move(page->items[0].text));
    }
    if (read > most_read_)
      return fail(ErrorCode::too_large, ErrorSource::client, "too many were busy on these days to go through them all");
    open = std::move(rest);
  }
  return {};
}

Result<void> RedisUsageBook::add_days(std::string_view tag, ScopeKind kind, std::int64_t from, std::int64_t to,
                                      std::size_t& read, const Add& add) {
  std::vector<std::string> hashes;
  for (std::int64_t day = from; day <= to; ++day) hashes.push_back(functions_.keys().totals(tag, day));
  std::vector<Sums> found(hashes.size());
  bool understood = true;
  const std::string begin = word_of(kind);
  const auto take = [&](std::size_t hash, std::string_view field, std::string_view value) {
    std::int64_t scope = 0;
    const auto sum = sum_in(value);
    field.remove_prefix(std::min(begin.size(), field.size()));
    understood &= read_number(field, scope) && sum;
    if (understood) found[hash].insert_or_assign(static_cast<ScopeId>(scope), *sum);
  };
  if (auto done = scan(hashes, begin + "*", read, take); !done) return done;
  if (!understood) return tl::unexpected(not_understood());
  for (const Sums& day : found) {
    for (const auto& [scope, sum] : day) add(from, scope, sum);
    ++from;
  }
  return {};
}

Result<void> RedisUsageBook::for_days(ScopeKind kind, std::int64_t from, std::int64_t to, const Add& add) {
  std::size_t read = 0;
  for (int i = 0; i < Keyspace::kTenantTags; ++i) {
    for (std::int64_t day = from; day <= to; day += kDaysAtOnce) {
      const std::int64_t last = std::min(to, day + kDaysAtOnce - 1);
      if (auto done = add_days(Keyspace::tenant_tag(i), kind, day, last, read, add); !done) return done;
    }
  }
  return {};
}

// The names are kept by name: they are gone through for their numbers.
Result<RedisUsageBook::Names> RedisUsageBook::names_of(ScopeKind kind, const Sums& sums) {
  Names names;
  const std::string begin = std::string(name_of(kind)) + ":";
  const auto take = [&](std::size_t, std::string_view field, std::string_view value) {
    std::int64_t number = 0;
    if (!read_number(value, number) || !sums.contains(static_cast<ScopeId>(number))) return;
    names.insert_or_assign(static_cast<ScopeId>(number), std::string(field.substr(std::min(begin.size(), field.size()))));
  };
  std::size_t read = 0;
  if (auto done = scan({functions_.keys().scope_numbers()}, begin + "*", read, take); !done)
    return tl::unexpected(done.error());
  return names;
}

Result<std::vector<ledger::NamedUsage>> RedisUsageBook::most_used(ScopeKind kind, std::int64_t from, std::int64_t to,
                                                                  std::size_t most) {
  Sums sums;
  const auto add = [&sums](std::int64_t, ScopeId scope, const ledger::Sum& sum) { sums[scope] += sum; };
  if (auto done = for_days(kind, from, to, add); !done) return tl::unexpected(done.error());
  auto names = names_of(kind, sums);
  if (!names) return tl::unexpected(names.error());
  std::vector<ledger::NamedUsage> list;
  for (auto& [scope, name] : *names) list.push_back({std::move(name), sums.at(scope)});
  return ledger::most_of(std::move(list), most);
}

Result<std::vector<ledger::NamedDayUsage>> RedisUsageBook::each_by_day(ScopeKind kind, std::int64_t from,
                                                                       std::int64_t to) {
  // A scope that tenants share has a sum in each of their groups.
  std::unordered_map<std::int64_t, Sums> days;
  Sums ever;
  const auto add = [&](std::int64_t day, ScopeId scope, const ledger::Sum& sum) {
    days[day][scope] += sum;
    ever[scope] += sum;
  };
  if (auto done = for_days(kind, from, to, add); !done) return tl::unexpected(done.error());
  const auto names = names_of(kind, ever);
  if (!names) return tl::unexpected(names.error());
  std::vector<ledger::NamedDayUsage> list;
  for (const auto& [day, sums] : days)
    for (const auto& [scope, sum] : sums)
      if (const auto name = names->find(scope); name != names->end()) list.push_back({day, name->second, sum});
  return ledger::in_order(std::move(list));
}

}  // namespace ktl::storage::redis

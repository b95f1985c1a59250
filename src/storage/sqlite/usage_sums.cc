#include "storage/sqlite/usage_sums.h"

namespace ktl::storage {
namespace {

std::int64_t number(ScopeId scope) {
  return static_cast<std::int64_t>(scope);
}

}  // namespace

Result<UsageSums> UsageSums::prepare(Database& database) {
  UsageSums sums;
  const std::pair<Statement*, std::string_view> statements[] = {
      {&sums.add_slice_,
       "INSERT INTO usage_by_slice(slice, scope, requests, tokens) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
       "requests=requests+excluded.requests, tokens=tokens+excluded.tokens"},
      {&sums.add_day_,
       "INSERT INTO usage_by_day(day, scope, requests, prompt, completion) VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET "
       "requests=requests+excluded.requests, prompt=prompt+excluded.prompt, completion=completion+excluded.completion"},
      {&sums.add_total_,
       "INSERT INTO usage_total(scope, requests, prompt, completion) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
       "requests=requests+excluded.requests, prompt=prompt+excluded.prompt, completion=completion+excluded.completion"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return sums;
}

void UsageSums::add(std::span<const ScopeId> scopes, std::int64_t slice, std::int64_t day, const ledger::Sum& sum) {
  for (const ScopeId scope : scopes) {
    by_slice_[{slice, scope}] += sum;
    by_day_[{day, scope}] += sum;
    by_scope_[scope] += sum;
  }
}

Result<void> UsageSums::write() {
  auto written = write_slices();
  if (written) written = write_days();
  if (written) written = write_totals();
  forget();
  return written;
}

void UsageSums::forget() {
  by_slice_.clear();
  by_day_.clear();
  by_scope_.clear();
}

Result<void> UsageSums::write_slices() {
  for (const auto& [key, sum] : by_slice_) {
    auto added = add_slice_.bind(key.first).bind(number(key.second)).bind(sum.requests).bind(sum.tokens()).run();
    if (!added) return added;
  }
  return {};
}

Result<void> UsageSums::write_days() {
  for (const auto& [key, sum] : by_day_) {
    add_day_.bind(key.first).bind(number(key.second)).bind(sum.requests).bind(sum.prompt).bind(sum.completion);
    if (auto added = add_day_.run(); !added) return added;
  }
  return {};
}

Result<void> UsageSums::write_totals() {
  for (const auto& [scope, sum] : by_scope_) {
    auto added = add_total_.bind(number(scope)).bind(sum.requests).bind(sum.prompt).bind(sum.completion).run();
    if (!added) return added;
  }
  return {};
}

}  // namespace ktl::storage

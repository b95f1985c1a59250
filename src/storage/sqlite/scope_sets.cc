#include "storage/sqlite/scope_sets.h"

#include <fmt/format.h>

#include <cstring>

namespace ktl::storage {
namespace {

constexpr std::size_t kMostCached = 65536;
constexpr std::size_t kIdBytes = sizeof(std::uint32_t);

}  // namespace

std::size_t ScopeSets::Hash::operator()(const ScopeSet& set) const {
  std::uint64_t hash = set.count;
  for (const ScopeId scope : set.view()) hash = (hash ^ static_cast<std::uint32_t>(scope)) * 0x9E3779B97F4A7C15U;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

Result<ScopeSets> ScopeSets::prepare(Database& database) {
  ScopeSets sets(database);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&sets.find_, "SELECT id FROM scope_sets WHERE scopes=?"},
      {&sets.insert_, "INSERT INTO scope_sets(scopes) VALUES(?)"},
      {&sets.insert_member_, "INSERT OR IGNORE INTO scope_set_members(scope_set, position, scope) VALUES(?,?,?)"},
      {&sets.read_, "SELECT scopes FROM scope_sets WHERE id=?"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return sets;
}

Result<std::int64_t> ScopeSets::number_of(const ScopeSet& set) {
  if (const auto known = numbers_.find(set); known != numbers_.end()) return known->second;
  const Result<std::int64_t> number = look_up_or_create(set);
  if (!number) return number;
  if (numbers_.size() >= kMostCached) forget();
  numbers_.emplace(set, *number);
  members_.emplace(*number, set);
  return number;
}

Result<std::int64_t> ScopeSets::look_up_or_create(const ScopeSet& set) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(set.scopes.data());
  const std::span<const unsigned char> blob(bytes, set.count * kIdBytes);
  const Result<bool> found = find_.bind_blob(blob).step();
  if (!found) return tl::unexpected(found.error());
  if (*found) {
    const std::int64_t number = find_.integer(0);
    find_.reset();
    return number;
  }
  if (auto inserted = insert_.bind_blob(blob).run(); !inserted) return tl::unexpected(std::move(inserted.error()));
  const std::int64_t number = database_->last_insert_id();
  std::int64_t position = 0;
  for (const ScopeId scope : set.view()) {
    auto inserted = insert_member_.bind(number).bind(position++).bind(static_cast<std::int64_t>(scope)).run();
    if (!inserted) return tl::unexpected(std::move(inserted.error()));
  }
  return number;
}

Result<ScopeSet> ScopeSets::members(std::int64_t number) {
  if (const auto known = members_.find(number); known != members_.end()) return known->second;
  const Result<bool> found = read_.bind(number).step();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no scope set {}", number));
  ScopeSet set;
  const auto blob = read_.blob(0);
  set.count = static_cast<std::uint8_t>(std::min(blob.size() / kIdBytes, ledger::kMaxScopes));
  if (set.count > 0) std::memcpy(set.scopes.data(), blob.data(), set.count * kIdBytes);
  read_.reset();
  if (members_.size() >= kMostCached) members_.clear();
  members_.emplace(number, set);
  return set;
}

void ScopeSets::forget() {
  numbers_.clear();
  members_.clear();
}

}  // namespace ktl::storage

#pragma once
// The numbers of scope sets: a charge's scopes are stored once for all charges that have the same ones.
// Keeps what it learned; forget() after a roll-back. Belongs to the thread of its Database.
#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "base/result.h"
#include "ledger/entry.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

struct ScopeSet {
  std::array<ScopeId, ledger::kMaxScopes> scopes{};
  std::uint8_t count = 0;

  std::span<const ScopeId> view() const { return {scopes.data(), count}; }
  friend bool operator==(const ScopeSet&, const ScopeSet&) = default;
};

class ScopeSets {
 public:
  static Result<ScopeSets> prepare(Database& database);

  // The set's number; a new set gets a row (inside the caller's transaction).
  Result<std::int64_t> number_of(const ScopeSet& set);
  Result<ScopeSet> members(std::int64_t number);
  void forget();

 private:
  struct Hash {
    std::size_t operator()(const ScopeSet& set) const;
  };
  explicit ScopeSets(Database& database) : database_(&database) {}
  Result<std::int64_t> look_up_or_create(const ScopeSet& set);

  Database* database_;
  Statement find_;
  Statement insert_;
  Statement insert_member_;
  Statement read_;
  std::unordered_map<ScopeSet, std::int64_t, Hash> numbers_;
  std::unordered_map<std::int64_t, ScopeSet> members_;
};

}  // namespace ktl::storage

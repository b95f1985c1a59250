#pragma once
// The names of all keys in Redis. "<prefix>:{<tag>}:…": the tag decides the slot, so everything with one tag is on one
// server of a cluster and can be changed by one call.
//
//   {t00}…{t63}   tenants: a user's key and user scopes, open charges, ledger and totals, by the user's number
//   {x0}…{x7}     scopes that many tenants share (groups, models, global): their windows, their half of the charges
//   {all}         gateways, scope numbers, settings
//
// Pure. The names are part of the ABI: gateways of different versions must agree on them.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace ktl::storage::redis {

class Keyspace {
 public:
  explicit Keyspace(std::string prefix) : prefix_(std::move(prefix)) {}

  static constexpr int kTenantTags = 64;
  static constexpr int kSharedTags = 8;
  static std::string tenant_tag(ScopeId user);                   // "t00" … "t63"
  static std::string tenant_tag(int bucket);                     // to go through all of them
  static std::string shared_tag(ScopeKind kind, ScopeId scope);  // "x0" … "x7"
  static bool is_shared(ScopeKind kind);                         // by tenants
  // The tag of a scope of a tenant's charge.
  static std::string home(std::string_view tenant_tag, ScopeKind kind, ScopeId scope) {
    return is_shared(kind) ? shared_tag(kind, scope) : std::string(tenant_tag);
  }

  std::string charge(std::string_view tag, std::string_view id) const { return in(tag, "c:") + std::string(id); }
  std::string open(std::string_view tag) const { return in(tag, "open"); }
  std::string ended(std::string_view tag, std::string_view chunk) const { return in(tag, "e:") + std::string(chunk); }
  std::string ledger(std::string_view tag) const { return in(tag, "ledger"); }
  std::string totals(std::string_view tag) const { return in(tag, "totals"); }
  std::string totals(std::string_view tag, std::int64_t day) const;  // days since the epoch, in the zone of the books
  std::string totals_of_hour(std::string_view tag, std::int64_t hour) const;  // hours since the epoch
  std::string scope(std::string_view tag, ScopeKind kind, ScopeId scope) const;
  std::string gateways() const { return in("all", "gateways"); }
  std::string scope_numbers() const { return in("all", "scopes"); }
  std::string records() const { return in("all", "records"); }
  std::string versions() const { return in("all", "versions"); }
  std::string notes() const { return in("all", "notes"); }  // who changed what

 private:
  std::string in(std::string_view tag, std::string_view rest) const;

  std::string prefix_;
};

// "<kind>:<id>", as the ledger and the totals name a scope.
std::string scope_word(ScopeKind kind, ScopeId scope);

}  // namespace ktl::storage::redis

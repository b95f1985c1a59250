#pragma once
// The limits of every scope, used or not: many scopes share few different sets, so each set is kept once.
// A scope that is idle costs one entry here and nothing else. Belongs to the engine; not thread-safe.
#include <cstdint>
#include <map>
#include <unordered_map>

#include "base/ids.h"
#include "quota/limits.h"

namespace ktl::quota {

// What is said of one scope.
struct LimitTerms {
  ScopeKind kind = ScopeKind::user;
  Limits limits;

  friend auto operator<=>(const LimitTerms&, const LimitTerms&) = default;
};

class LimitTable {
 public:
  // Terms without any limit are not kept.
  void set(ScopeId scope, const LimitTerms& terms);

  // nullptr: no limits. Until the next set().
  const LimitTerms* find(ScopeId scope) const;

  std::size_t different() const { return sets_.size(); }

 private:
  using Sets = std::map<LimitTerms, std::uint32_t>;  // and how many scopes have them

  Sets sets_;
  std::unordered_map<ScopeId, Sets::iterator> by_scope_;
};

}  // namespace ktl::quota

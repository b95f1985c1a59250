#include "quota/limit_table.h"

namespace ktl::quota {

void LimitTable::set(ScopeId scope, const LimitTerms& terms) {
  const auto known = by_scope_.find(scope);
  if (known != by_scope_.end()) {
    if (known->second->first == terms) return;
    if (--known->second->second == 0) sets_.erase(known->second);
    by_scope_.erase(known);
  }
  if (terms.limits == Limits{}) return;
  const auto kept = sets_.try_emplace(terms, 0).first;
  ++kept->second;
  by_scope_.emplace(scope, kept);
}

const LimitTerms* LimitTable::find(ScopeId scope) const {
  const auto known = by_scope_.find(scope);
  return known == by_scope_.end() ? nullptr : &known->second->first;
}

}  // namespace ktl::quota

#include "quota/limit_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/rng.h"

namespace ktl::quota {
namespace {

TEST(LimitTable, TellsWhatAMapTellsAndKeepsEachSetOnce) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    LimitTable table;
    std::map<ScopeId, LimitTerms> model;
    for (int step = 0; step < 1000; ++step) {
      const auto scope = static_cast<ScopeId>(1 + rng.below(20));
      LimitTerms terms{.kind = rng.below(2) == 0 ? ScopeKind::user : ScopeKind::key, .limits = {}};
      for (std::int64_t& amount : terms.limits.amount)
        if (rng.below(4) == 0) amount = static_cast<std::int64_t>(rng.below(2));
      table.set(scope, terms);
      if (terms.limits == Limits{})
        model.erase(scope);
      else
        model.insert_or_assign(scope, terms);
      std::set<LimitTerms> different;
      for (const auto& [known, expected] : model) {
        const LimitTerms* found = table.find(known);
        ASSERT_NE(found, nullptr);
        ASSERT_EQ(*found, expected);
        different.insert(expected);
      }
      ASSERT_EQ(table.find(scope) != nullptr, model.contains(scope));
      ASSERT_EQ(table.different(), different.size());
    }
  }
}

}  // namespace
}  // namespace ktl::quota

#include "base/ids.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace ktl {
namespace {

TEST(RequestId, IsThirtyTwoLowerCaseHexDigitsAndDoesNotRepeat) {
  Rng rng(7);
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) {
    const RequestId id = RequestId::make(rng);
    EXPECT_EQ(id.view().size(), 32u);
    EXPECT_EQ(id.view().find_first_not_of("0123456789abcdef"), std::string_view::npos);
    EXPECT_TRUE(seen.insert(std::string(id.view())).second);
  }
}

TEST(Rng, SameSeedGivesTheSameSequence) {
  Rng a(42), b(42), c(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto x = a.next();
    EXPECT_EQ(x, b.next());
    differs |= x != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Rng, BelowStaysBelow) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(rng.below(7), 7u);
}

}  // namespace
}  // namespace ktl

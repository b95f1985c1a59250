#include "standin/engine/radix_cache.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace ktl::standin {
namespace {

using Ids = std::vector<TokenId>;

TEST(RadixCache, FindsTheLongestCachedPrefix) {
  RadixCache cache;
  EXPECT_EQ(cache.insert(Ids{1, 2, 3, 4}), 4);
  EXPECT_EQ(cache.insert(Ids{1, 2, 7}), 1);
  EXPECT_EQ(cache.match(Ids{1, 2, 3, 9}), 3);
  EXPECT_EQ(cache.match(Ids{1, 2, 7, 7}), 3);
  EXPECT_EQ(cache.match(Ids{5}), 0);
  EXPECT_EQ(cache.size(), 5);
}

TEST(RadixCache, GivesBackTheLeastRecentlyUsedFirst) {
  RadixCache cache;
  cache.insert(Ids{1, 1, 1});
  cache.insert(Ids{2, 2, 2});
  cache.insert(Ids{3, 3, 3});
  cache.match(Ids{1, 1, 1});
  EXPECT_EQ(cache.evict(1), 3);
  EXPECT_EQ(cache.match(Ids{2, 2, 2}), 0);
  EXPECT_EQ(cache.match(Ids{1, 1, 1}), 3);
  EXPECT_EQ(cache.match(Ids{3, 3, 3}), 3);
}

TEST(RadixCache, NeverGivesBackALockedPath) {
  RadixCache cache;
  cache.insert(Ids{1, 2, 3, 4});
  std::int64_t matched = 0;
  const auto handle = cache.lock_prefix(Ids{1, 2}, matched);
  EXPECT_EQ(matched, 2);
  EXPECT_EQ(cache.evictable(), 2);
  EXPECT_EQ(cache.evict(100), 2);
  EXPECT_EQ(cache.match(Ids{1, 2, 3}), 2);
  cache.unlock(handle);
  EXPECT_EQ(cache.evict(100), 2);
  EXPECT_EQ(cache.size(), 0);
}

// Against a set of all prefixes that were ever inserted: without eviction the answers are the same.
TEST(RadixCache, AgreesWithASetOfPrefixes) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    RadixCache cache;
    std::set<Ids> prefixes;
    for (int round = 0; round < 200; ++round) {
      Ids sequence;
      for (std::size_t i = 1 + rng.below(12); i > 0; --i) sequence.push_back(static_cast<TokenId>(rng.below(3)));
      std::int64_t expected = 0;
      for (Ids prefix;
           prefix.size() < sequence.size() && (prefix.push_back(sequence[prefix.size()]), prefixes.contains(prefix));) {
        ++expected;
      }
      std::int64_t matched = 0;
      if (rng.below(2) == 0) {
        const auto handle = cache.lock_prefix(sequence, matched);
        cache.unlock(handle);
      } else {
        matched = cache.match(sequence);
      }
      ASSERT_EQ(matched, expected) << "seed " << seed << " round " << round;
      ASSERT_EQ(cache.insert(sequence), static_cast<std::int64_t>(sequence.size()) - expected);
      for (Ids prefix; prefix.size() < sequence.size();) {
        prefix.push_back(sequence[prefix.size()]);
        prefixes.insert(prefix);
      }
      ASSERT_EQ(cache.size(), static_cast<std::int64_t>(prefixes.size()));
      ASSERT_EQ(cache.evictable(), cache.size());
    }
    EXPECT_EQ(cache.evict(1'000'000), static_cast<std::int64_t>(prefixes.size()));
  }
}

}  // namespace
}  // namespace ktl::standin

#include "quota/keyed_slab.h"

#include <map>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace ktl::quota {
namespace {

TEST(KeyedSlab, FindsWhatAMapFindsAndKeepsSlots) {
  struct Record {
    std::uint64_t value = 0;
  };
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    KeyedSlab<Record> slab;
    std::map<std::uint64_t, std::pair<KeyedSlab<Record>::Slot, std::uint64_t>> model;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t key = 1 + rng.below(1 + seed * 10);
      const auto known = model.find(key);
      ASSERT_EQ(slab.find(key) != slab.kNone, known != model.end());
      if (known == model.end()) {
        const auto slot = slab.add(key);
        ASSERT_EQ(slab[slot].value, 0u);
        slab[slot].value = rng.next();
        model[key] = {slot, slab[slot].value};
      } else {
        ASSERT_EQ(slab.find(key), known->second.first);
        ASSERT_EQ(slab[known->second.first].value, known->second.second);
        if (rng.below(3) > 0) {
          slab.erase(key);
          model.erase(known);
        }
      }
      ASSERT_EQ(slab.size(), model.size());
    }
    ASSERT_LE(slab.slots(), seed * 10 + 1);
  }
}

}  // namespace
}  // namespace ktl::quota

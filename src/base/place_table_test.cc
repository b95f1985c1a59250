#include "base/place_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace ktl {
namespace {

TEST(PlaceTable, finds_the_first_that_was_added_whatever_the_hashes) {
  for (const std::size_t items : {0u, 1u, 2u, 3u, 10u, 1000u}) {
    for (const std::uint64_t hashes : {1u, 3u, 1'000'000u}) {
      Rng rng(items + hashes);
      std::vector<std::uint64_t> values;  // some twice
      PlaceTable table(items);
      const auto hash = [hashes](std::uint64_t value) { return static_cast<std::size_t>(value % hashes); };
      for (std::size_t i = 0; i < items; ++i) {
        values.push_back(rng.below(2 * items));
        table.add(hash(values[i]), i);
      }
      for (std::uint64_t value = 0; value < 2 * items + 2; ++value) {
        const auto expected = std::find(values.begin(), values.end(), value);
        const auto found = table.find(hash(value), [&](std::size_t place) { return values[place] == value; });
        ASSERT_EQ(found.has_value(), expected != values.end());
        if (found) {
          ASSERT_EQ(*found, static_cast<std::size_t>(expected - values.begin()));
        }
      }
    }
  }
}

}  // namespace
}  // namespace ktl

#include "config/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktl::config {
namespace {

TEST(Suggestion, DistanceCountsEditsOfCodePoints) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("rmp", "rpm"), 1U);          // a swap is one edit
  EXPECT_EQ(edit_distance("사용자1", "사용자2"), 1U);  // not three bytes
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);           // no edit inside a swapped pair
}

TEST(Suggestion, TheNearestNameIsOfferedUnlessAllAreFar) {
  const std::vector<std::string> known = {"host", "port", "threads"};
  EXPECT_EQ(nearest("prot", known), "port");
  EXPECT_EQ(nearest("thread", known), "threads");
  EXPECT_EQ(nearest("hots", known), "host");
  EXPECT_EQ(nearest("zebra", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), known), std::nullopt);
}

}  // namespace
}  // namespace ktl::config

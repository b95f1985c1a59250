#include "gateway/scope_names.h"

#include <gtest/gtest.h>

namespace ktl::gateway {
namespace {

TEST(ScopeNames, the_last_name_of_a_scope_counts_and_others_have_none) {
  ScopeNames names;
  EXPECT_EQ(names.find(ScopeId{1}), "");
  names.add(ScopeId{5}, "사용자1");
  names.add(ScopeId{3}, "팀");
  names.add(ScopeId{5}, "개발자1");
  names.finish();
  EXPECT_EQ(names.find(ScopeId{3}), "팀");
  EXPECT_EQ(names.find(ScopeId{5}), "개발자1");
  for (const std::uint32_t other : {0u, 1u, 4u, 6u}) EXPECT_EQ(names.find(ScopeId{other}), "");
}

}  // namespace
}  // namespace ktl::gateway

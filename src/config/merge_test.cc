#include "config/merge.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace ktl::config {
namespace {

TEST(Merge, AnEmptySectionOfALaterFileChangesNothing) {
  const auto config =
      parse_texts({"server: {port: 1000}\nusers: {a: }\n", "server:\nusers:\n", "", "# only a comment\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->server.port, 1000);
  EXPECT_EQ(config->users.size(), 1U);
}

TEST(Merge, AnEntryWithoutAValueInALaterFileIsRemoved) {
  const auto config =
      parse_texts({"users: {a: {rpm: 1}, b: {rpm: 1}}\napi_keys: {sk-aaaaaaaaaa: a, sk-bbbbbbbbbb: b}\n",
                   "users: {a: }\napi_keys: {sk-aaaaaaaaaa: }\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  ASSERT_EQ(config->users.size(), 1U);
  EXPECT_EQ(config->users[0].name, "b");
  ASSERT_EQ(config->api_keys.size(), 1U);
  EXPECT_EQ(config->api_keys[0].user, "b");
}

TEST(Merge, AFieldWithoutAValueInALaterFileKeepsTheEarlierOne) {
  const auto config = parse_texts({"users: {a: {rpm: 1}}\n", "users: {a: {rpm: , tpm: 5}}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->user("a")->limits[quota::LimitKind::rpm], 1);
  EXPECT_EQ(config->user("a")->limits[quota::LimitKind::tpm], 5);
}

TEST(Merge, ListsAreReplacedWhole) {
  const auto config = parse_texts({"security: {allowed_origins: [a, b]}\n", "security: {allowed_origins: [c]}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->security.allowed_origins, std::vector<std::string>{"c"});
}

TEST(Merge, AProblemIsToldInTheFileThatSaidIt) {
  const auto config = parse_texts({"server: {port: 1}\n", "server: {port: 70000}\n"});
  ASSERT_FALSE(config);
  EXPECT_EQ(all_of(config.error()), "b.yaml:1:16: '70000' is out of range: 0 to 65535\n");
}

}  // namespace
}  // namespace ktl::config

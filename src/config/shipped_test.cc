// The files that are shipped load, and say what the documentation promises. Runs in the repository's root.
#include <gtest/gtest.h>

#include "config/exposure.h"
#include "config/test_support.h"

namespace ktl::config {
namespace {

using quota::LimitKind;

tl::expected<Config, Problems> load_shipped(const std::vector<std::string>& paths, Variables variables = {}) {
  return load(paths, environment_of(std::move(variables)));
}

TEST(Shipped, TheDevelopmentDefaultHasTheDemoUsersWithTheirLimits) {
  const auto config = load_shipped({"config/sglang_korean.yaml", "config/korean_users.yaml"});
  ASSERT_TRUE(config) << all_of(config.error());
  struct Expected {
    const char* user;
    const char* key;
    std::int64_t rpm, tpm, daily;
  };
  for (const Expected& demo : {Expected{"사용자1", "sk-user1-korean-key-def", 40, 8'000, 1'000'000},
                               Expected{"개발자1", "sk-dev1-korean-key-789", 80, 15'000, 2'000'000},
                               Expected{"테스트", "sk-test-korean-key-stu", 20, 3'000, 500'000}}) {
    const User* user = config->user(demo.user);
    ASSERT_NE(user, nullptr) << demo.user;
    EXPECT_EQ(user->limits[LimitKind::rpm], demo.rpm);
    EXPECT_EQ(user->limits[LimitKind::tpm], demo.tpm);
    EXPECT_EQ(user->limits[LimitKind::daily], demo.daily);
    EXPECT_EQ(user->limits[LimitKind::tph], 500'000);
    bool has_key = false;
    for (const ApiKey& key : config->api_keys)
      has_key = has_key || (key.user == demo.user && key.digest == identity::digest_of(demo.key) && key.published);
    EXPECT_TRUE(has_key) << demo.user;
  }
  ASSERT_EQ(config->groups.size(), 1U);
  EXPECT_EQ(config->groups[0].limits[LimitKind::tpm], 30'000);
  EXPECT_EQ(config->server.host, "127.0.0.1");
  EXPECT_EQ(exposure_problem(*config, Language::english), std::nullopt);
}

TEST(Shipped, TheProductionOverlayIsPublicAndSafe) {
  const auto config = load_shipped({"config/sglang_korean.yaml", "config/production.yaml"},
                                   {{"KTL_ADMIN_KEY", "sk-an-admin-key-of-my-own"}});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_TRUE(is_public_address(config->server.host));
  EXPECT_FALSE(config->security.trust_loopback);
  EXPECT_FALSE(config->metrics.open);
  EXPECT_TRUE(config->api_keys.empty());
  EXPECT_EQ(config->security.admin_keys.size(), 1U);
  EXPECT_EQ(config->storage.sqlite_path, "/var/lib/token-limiter/usage.db");
  EXPECT_EQ(exposure_problem(*config, Language::english), std::nullopt);
}

TEST(Shipped, TheProductionOverlayWithTheDemoUsersIsRefused) {
  const auto config = load_shipped({"config/sglang_korean.yaml", "config/korean_users.yaml", "config/production.yaml"},
                                   {{"KTL_ADMIN_KEY", "sk-an-admin-key-of-my-own"}});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_TRUE(exposure_problem(*config, Language::english));
}

TEST(Shipped, TheProductionOverlayAsksForItsAdminKey) {
  const auto config = load_shipped({"config/sglang_korean.yaml", "config/production.yaml"});
  ASSERT_FALSE(config);
  EXPECT_NE(all_of(config.error()).find("KTL_ADMIN_KEY is not set"), std::string::npos);
}

}  // namespace
}  // namespace ktl::config

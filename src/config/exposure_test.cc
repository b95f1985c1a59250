#include "config/exposure.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace ktl::config {
namespace {

const std::string kDemo = "users: {a: }\napi_keys: {sk-user1-korean-key-def: a}\n";

std::optional<std::string> problem_of(const std::string& text) {
  const auto config = parse_texts({text});
  EXPECT_TRUE(config) << all_of(config.error());
  return exposure_problem(*config, Language::english);
}

TEST(Exposure, OnlyThisMachinesOwnAddressesAreNotPublic) {
  for (const char* host : {"127.0.0.1", "127.0.0.53", "localhost", "::1", "[::1]"})
    EXPECT_FALSE(is_public_address(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "gpu1", "127.0.0.1.example.com", ""})
    EXPECT_TRUE(is_public_address(host)) << host;
}

TEST(Exposure, DemoKeysAreRefusedOnAPublicAddressOnly) {
  EXPECT_EQ(problem_of(kDemo), std::nullopt);
  const auto problem = problem_of(kDemo + "server: {host: 0.0.0.0}\n");
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->find("sk-user…def"), std::string::npos);
  EXPECT_EQ(problem->find("korean-key"), std::string::npos);
  EXPECT_EQ(problem_of("users: {a: {api_keys: [sk-a-private-key-0001]}}\nserver: {host: 0.0.0.0}\n"), std::nullopt);
}

TEST(Exposure, ADemoKeyGivenAsItsDigestIsStillADemoKey) {
  const auto config = parse_texts({kDemo});
  std::string hex;
  for (const unsigned char byte : config->api_keys[0].digest) {
    constexpr char digits[] = "0123456789abcdef";
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  EXPECT_TRUE(problem_of("users: {a: }\napi_keys: {\"sha256:" + hex + "\": a}\nserver: {host: \"::\"}\n"));
}

TEST(Exposure, TheDashboardsAddressCountsAsMuch) {
  EXPECT_TRUE(problem_of(kDemo + "dashboard: {host: 0.0.0.0}\n"));
  EXPECT_EQ(problem_of(kDemo + "dashboard: {host: 0.0.0.0, enabled: false}\n"), std::nullopt);
}

TEST(Exposure, ServingEverybodyWithoutAKeyIsRefusedOnAPublicAddress) {
  EXPECT_TRUE(problem_of("security: {api_key_required: false}\nserver: {host: 0.0.0.0}\n"));
  EXPECT_EQ(problem_of("security: {api_key_required: false}\n"), std::nullopt);
}

}  // namespace
}  // namespace ktl::config

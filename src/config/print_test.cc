#include "config/print.h"

#include <gtest/gtest.h>

#include "config/test_support.h"
#include "config/yaml_reader.h"

namespace ktl::config {
namespace {

TEST(Print, NoSecretIsShown) {
  const std::string text =
      "sglang_server: {api_key: very-secret-1, admin_api_key: very-secret-2}\n"
      "storage: {type: redis, redis_url: \"redis://user:very-secret-3@host:6379/0\"}\n"
      "security: {admin_keys: [sk-admin-very-secret-4-0000]}\n"
      "users: {a: {api_keys: [sk-mine-very-secret-5-0000]}}\n"
      "api_keys: {very-secret-6: a}\n";
  const auto config = parse_texts({text});
  ASSERT_TRUE(config) << all_of(config.error());
  const std::string printed = to_yaml(*config);
  EXPECT_EQ(printed.find("very-secret"), std::string::npos) << printed;
  EXPECT_NE(printed.find("redis://user:…@host:6379/0"), std::string::npos);
  EXPECT_NE(printed.find("\"sk-admi…000\""), std::string::npos);
  EXPECT_NE(printed.find("\"sk-mine…000\""), std::string::npos);
}

TEST(Print, PasswordsAreTakenOutOfUrls) {
  EXPECT_EQ(without_password("redis://host:6379"), "redis://host:6379");
  EXPECT_EQ(without_password("redis://:p@h"), "redis://:…@h");
  EXPECT_EQ(without_password("redis://u:p@q@h"), "redis://u:…@h");
  EXPECT_EQ(without_password("redis://token@h"), "redis://…@h");
}

TEST(Print, WhatIsPrintedIsYamlAndSaysTheEffectiveValues) {
  const auto config =
      parse_texts({"users: {'이름 \"x\"': {rpm: 7, description: \"줄\\n바꿈\"}}\n"
                   "groups: {g: {users: ['이름 \"x\"'], limits: {tpm: 9}}}\n"
                   "server: {timeouts: {connect: 250ms}}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  const Source printed{"printed", to_yaml(*config)};
  Findings findings({&printed, 1}, Language::english);
  const auto tree = read_yaml(printed, 0, findings);
  ASSERT_TRUE(tree && findings.empty()) << printed.text;
  const Node& user = tree->find("users")->value.entries.at(0).value;
  EXPECT_EQ(tree->find("users")->value.entries.at(0).key, "이름 \"x\"");
  EXPECT_EQ(user.find("description")->value.text, "줄\n바꿈");
  EXPECT_EQ(user.find("limits")->value.find("rpm")->value.text, "7");
  EXPECT_EQ(user.find("limits")->value.find("daily")->value.text, "1000000");
  EXPECT_EQ(tree->find("server")->value.find("timeouts")->value.find("connect")->value.text, "250ms");
}

}  // namespace
}  // namespace ktl::config

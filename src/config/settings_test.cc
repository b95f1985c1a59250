#include "config/settings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/test_support.h"

namespace ktl::config {
namespace {

std::optional<Setting> setting(const Config& config, std::string_view path) {
  const auto settings = settings_of(config);
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) { return setting.path == path; });
  return found == settings.end() ? std::nullopt : std::optional(*found);
}

TEST(Settings, WhatWasNotSaidHasItsDefaultAndNoOrigin) {
  const auto config = parse_texts({"{}"});
  ASSERT_TRUE(config) << all_of(config.error());
  const auto port = setting(*config, "server.port");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->value, "8080");
  EXPECT_EQ(port->origin, std::nullopt);
}

TEST(Settings, AValueComesFromTheLastFileThatSaysIt) {
  const auto config = parse_texts({"server: {port: 1}\nstorage:\n  detail_days: 30\n", "server:\n  port: 2\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(setting(*config, "server.port")->value, "2");
  EXPECT_EQ(setting(*config, "server.port")->origin, (Origin{"b.yaml", 2, ""}));
  EXPECT_EQ(setting(*config, "storage.detail_days")->origin, (Origin{"a.yaml", 3, ""}));
}

TEST(Settings, AVariableThatIsSetIsNamedAndOneThatIsNotLeavesTheFilesOwnDefault) {
  const std::string text = "server: {host: \"${HOST:-127.0.0.1}\", port: \"${PORT:-8080}\"}\n";
  const auto config = parse_texts({text}, {{"PORT", "9000"}});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(setting(*config, "server.port")->value, "9000");
  EXPECT_EQ(setting(*config, "server.port")->origin, (Origin{"a.yaml", 1, "PORT"}));
  EXPECT_EQ(setting(*config, "server.host")->origin, (Origin{"a.yaml", 1, ""}));
}

TEST(Settings, ASecretIsAMaskWithItsOrigin) {
  const auto config = parse_texts({"sglang_server: {api_key: \"${KEY}\"}\nsecurity:\n  admin_keys: [\"${ADMIN}\"]\n"},
                                  {{"KEY", "very-secret-1"}, {"ADMIN", "sk-admin-very-secret-2"}});
  ASSERT_TRUE(config) << all_of(config.error());
  for (const Setting& setting : settings_of(*config)) EXPECT_EQ(setting.value.find("secret"), std::string::npos);
  EXPECT_EQ(setting(*config, "upstreams[0].api_key")->value, "…");
  EXPECT_EQ(setting(*config, "upstreams[0].api_key")->origin->variables, "KEY");
  EXPECT_EQ(setting(*config, "security.admin_keys")->origin, (Origin{"a.yaml", 3, "ADMIN"}));
}

TEST(Settings, TheOneEngineFormIsShownAsAnUpstreamThatCameFromThere) {
  const auto config =
      parse_texts({"sglang_server:\n  port: 7\n  served_model_name: m\n  model_path: p\n  sglang_args: "
                   "{max_running_requests: 8}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(setting(*config, "upstreams[0].url")->origin->line, 2);
  EXPECT_EQ(setting(*config, "upstreams[0].max_in_flight")->value, "32");
  EXPECT_EQ(setting(*config, "upstreams[0].max_in_flight")->origin->line, 5);
  EXPECT_EQ(setting(*config, "models.m.upstream_model")->origin->line, 4);
  EXPECT_EQ(setting(*config, "upstreams[0].weight")->origin, std::nullopt);
}

TEST(Settings, EachOfManyUpstreamsHasItsOwnOrigins) {
  const auto config = parse_texts({"sglang_server: {port: 1, max_in_flight: 9}\n",
                                   "upstreams:\n- {name: a, url: \"http://a:1\"}\n- {name: b, url: \"http://b:1\"}\n"
                                   "models: {m: {upstream_model: x}}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(setting(*config, "upstreams[0].max_in_flight")->origin, std::nullopt);
  EXPECT_EQ(setting(*config, "upstreams[1].url")->origin, (Origin{"b.yaml", 3, ""}));
  EXPECT_EQ(setting(*config, "models.m.upstream_model")->origin, (Origin{"b.yaml", 4, ""}));
}

TEST(Settings, PeopleAreNotAmongThem) {
  const auto config =
      parse_texts({"users: {김: {rpm: 1}}\ngroups: {g: {users: [김]}}\napi_keys: {sk-key-0000001: 김}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  for (const Setting& setting : settings_of(*config)) {
    EXPECT_FALSE(setting.path.starts_with("users") || setting.path.starts_with("groups")) << setting.path;
    EXPECT_FALSE(setting.path.starts_with("api_keys")) << setting.path;
  }
  for (const auto& [path, origin] : config->origins) EXPECT_FALSE(path.starts_with("users")) << path;
}

}  // namespace
}  // namespace ktl::config

#include "app/settings_in_force.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/load.h"

namespace ktl::app {
namespace {

config::Config config_of(const std::string& yaml) {
  const config::Source source{"a.yaml", yaml};
  auto config = config::parse({&source, 1}, [](std::string_view name) {
    return name == "TPM" ? std::optional<std::string>("77") : std::nullopt;
  });
  EXPECT_TRUE(config) << config.error().front().text();
  return std::move(*config);
}

std::optional<admin::Setting> find(const InForce& now, std::string_view path) {
  const auto settings = settings_in_force(now);
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const admin::Setting& one) { return one.path == path; });
  return found == settings.end() ? std::nullopt : std::optional(*found);
}

TEST(SettingsInForce, DefaultFileAndEnvironmentAreTold) {
  const config::Config config = config_of("server: {port: 9}\ndefault_limits: {tpm: \"${TPM}\"}\n");
  const gateway::Roster people;
  const InForce now{config, config, people};
  EXPECT_EQ(find(now, "server.host")->source, "default");
  EXPECT_EQ(find(now, "server.port")->source, "config");
  EXPECT_EQ(find(now, "server.port")->line, 1);
  EXPECT_EQ(find(now, "default_limits.tpm")->value, "77");
  EXPECT_EQ(find(now, "default_limits.tpm")->source, "environment");
  EXPECT_EQ(find(now, "default_limits.tpm")->variables, "TPM");
}

TEST(SettingsInForce, WhatAReloadDoesNotTakeOverIsShownAsItIsWithWhatComesAfterARestart) {
  const config::Config started = config_of("server: {port: 9}\nrate_limiting: {ban_threshold: 3}\n");
  const config::Config loaded = config_of("server: {port: 10}\nrate_limiting: {ban_threshold: 4}\n");
  const gateway::Roster people;
  const InForce now{started, loaded, people};
  EXPECT_EQ(find(now, "server.port")->value, "9");
  EXPECT_EQ(find(now, "server.port")->after_restart, "10");
  EXPECT_EQ(find(now, "rate_limiting.ban_threshold")->value, "4");
  EXPECT_EQ(find(now, "rate_limiting.ban_threshold")->after_restart, std::nullopt);
}

TEST(SettingsInForce, ALimitThatAnAdminSetStandsInThePlaceOfTheFiles) {
  const config::Config config = config_of("global_limits: {rpm: 5}\n");
  gateway::Roster people;
  gateway::SaidLimits of_all;
  of_all.set[quota::LimitKind::rpm] = 8;
  of_all.set[quota::LimitKind::tpm] = quota::kUnlimited;
  people.global.said = std::make_shared<const gateway::SaidLimits>(of_all);
  gateway::RosterLimits model;
  model.kind = ScopeKind::model;
  model.name = "korean-qwen";
  gateway::SaidLimits of_model;
  of_model.set[quota::LimitKind::daily] = 6;
  model.said = std::make_shared<const gateway::SaidLimits>(of_model);
  people.models.push_back(model);
  const InForce now{config, config, people};
  EXPECT_EQ(find(now, "global_limits.rpm")->value, "8");
  EXPECT_EQ(find(now, "global_limits.rpm")->source, "admin");
  EXPECT_EQ(find(now, "global_limits.rpm")->file, "");
  EXPECT_EQ(find(now, "global_limits.tpm")->value, "unlimited");
  EXPECT_EQ(find(now, "models.korean-qwen.limits.daily")->value, "6");
}

TEST(SettingsInForce, PlacesInFlightThatWereFittedAreAnAdminsChange) {
  const config::Config config = config_of("sglang_server: {max_in_flight: 12}\n");
  const gateway::Roster people;
  EXPECT_EQ(find({config, config, people, {{"sglang", 12}}}, "upstreams[0].max_in_flight")->source, "config");
  const auto fitted = find({config, config, people, {{"sglang", 4}}}, "upstreams[0].max_in_flight");
  EXPECT_EQ(fitted->value, "4");
  EXPECT_EQ(fitted->source, "admin");
}

}  // namespace
}  // namespace ktl::app

#include "monitor/troubles.h"

#include <gtest/gtest.h>

namespace ktl::monitor {
namespace {

WallTime at(int second) {
  return WallTime(std::chrono::seconds(1'000 + second));
}

Sample healthy(int second) {
  Sample sample;
  sample.at = at(second);
  sample.store.kind = "sqlite";
  for (const char* name : {"a", "b"}) {
    EngineSample& engine = sample.engines.emplace_back();
    engine.name = name;
    engine.figures.status = EngineStatus::healthy;
  }
  return sample;
}

TEST(Troubles, AHealthySampleHasNone) {
  EXPECT_TRUE(troubles_of(healthy(0), {}).empty());
}

TEST(Troubles, TheWorstStandsFirst) {
  Sample sample = healthy(0);
  sample.draining = true;
  sample.engines[0].figures.status = EngineStatus::silent;
  sample.engines[1].figures.status = EngineStatus::unreachable;
  sample.store.accepting = false;
  sample.store.reason = "disk full";
  sample.store.lost = true;
  std::string seen;
  for (const Trouble& trouble : troubles_of(sample, {}))
    seen += std::string(name_of(trouble.kind)) + ":" + trouble.which + " ";
  EXPECT_EQ(seen, "store_refuses:sqlite store_lost:sqlite engine_unreachable:b engine_silent:a draining:gateway ");
  EXPECT_EQ(troubles_of(sample, {}).front().reason, "disk full");
}

TEST(Troubles, WhatGoesOnKeepsItsBeginning) {
  std::vector<Trouble> before;
  for (int second = 0; second < 10; ++second) {
    Sample sample = healthy(second);
    if (second >= 2) sample.engines[0].figures.status = EngineStatus::unreachable;
    if (second >= 5) sample.engines[1].figures.status = EngineStatus::unreachable;
    before = troubles_of(sample, before);
  }
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[0].since, at(2));
  EXPECT_EQ(before[1].since, at(5));
  EXPECT_TRUE(troubles_of(healthy(10), before).empty());
  Sample again = healthy(11);
  again.engines[0].figures.status = EngineStatus::unreachable;
  EXPECT_EQ(troubles_of(again, {}).front().since, at(11));
}

}  // namespace
}  // namespace ktl::monitor

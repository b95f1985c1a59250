#include "monitor/points.h"

#include <gtest/gtest.h>

#include <map>

namespace ktl::monitor {
namespace {

using Known = std::map<std::string, series::Point>;

Known points_by_name(const Sample& sample) {
  Known known;
  for (const series::Point& point : points_of(sample))
    EXPECT_TRUE(known.emplace(point.name, point).second) << point.name;
  return known;
}

double level(const Known& known, const std::string& name) {
  return std::get<series::Level>(known.at(name).value).mean;
}
std::uint64_t sum(const Known& known, const std::string& name) {
  return std::get<series::Sum>(known.at(name).value).total;
}

Sample sample_of_one_second() {
  Sample sample;
  sample.now.seconds = 1;
  return sample;
}

TEST(Points, TheFirstSampleAfterAStartHasNone) {
  EXPECT_TRUE(points_of(Sample{}).empty());
}

TEST(Points, TrafficIsCountedAsAWholeAndByModel) {
  Sample sample = sample_of_one_second();
  sample.now.tally.requests = 5;
  sample.now.tally.refused[0] = 2;
  sample.now.tally.models = {{.model = "가",
                              .requests = 3,
                              .korean_tokens = 8,
                              .korean_syllables = 10,
                              .exact_tokens = 30,
                              .estimated_tokens = 42,
                              .first_token = {{0, 2}, 10},
                              .inter_token = {}},
                             {.model = "나", .requests = 1, .first_token = {{1, 1}, 5}, .inter_token = {}}};
  sample.in_flight = 7;
  const Known known = points_by_name(sample);
  EXPECT_EQ(sum(known, "requests"), 5u);
  EXPECT_EQ(sum(known, "refused"), 2u);
  EXPECT_EQ(sum(known, "refused.rpm"), 2u);
  EXPECT_EQ(sum(known, "model:가:requests"), 3u);
  EXPECT_EQ(sum(known, "model:가:korean_tokens"), 8u);
  EXPECT_EQ(sum(known, "model:가:korean_syllables"), 10u);
  EXPECT_EQ(sum(known, "model:가:exact_tokens"), 30u);
  EXPECT_EQ(sum(known, "model:가:estimated_tokens"), 42u);
  EXPECT_EQ(sum(known, "model:나:hangul_characters"), 0u);
  EXPECT_EQ(level(known, "in_flight"), 7);
  EXPECT_EQ(std::get<series::Spread>(known.at("first_token_ms").value), (series::Spread{{1, 3}, 15}));
}

TEST(Points, WhatAnEngineDoesNotTellHasNoPoint) {
  Sample sample = sample_of_one_second();
  EngineSample& engine = sample.engines.emplace_back();
  engine.name = "sglang";
  engine.figures.status = EngineStatus::unreachable;
  engine.in_flight = 4;
  Known known = points_by_name(sample);
  EXPECT_EQ(level(known, "engine:sglang:up"), 0);
  EXPECT_EQ(level(known, "engine:sglang:in_flight"), 4);
  EXPECT_FALSE(known.contains("engine:sglang:running") || known.contains("engine:sglang:kv_share"));

  engine.figures.status = EngineStatus::healthy;
  engine.figures.reading.kv_share = 0.25;
  engine.figures.reading.evictable_tokens = 900;
  engine.figures.reading.capacity_tokens = 6'000;
  known = points_by_name(sample);
  EXPECT_EQ(level(known, "engine:sglang:up"), 1);
  EXPECT_EQ(level(known, "engine:sglang:kv_share"), 0.25);
  EXPECT_DOUBLE_EQ(level(known, "engine:sglang:kv_evictable_share"), 0.15);
}

TEST(Points, EveryCardHasItsOwn) {
  Sample sample = sample_of_one_second();
  gpu::Reading reading;
  reading.gpus.resize(2);
  reading.gpus[1].index = 1;
  reading.gpus[1].memory_used_bytes = 30;
  reading.gpus[1].memory_total_bytes = 120;
  reading.gpus[1].power_w = 250;
  sample.gpu = std::make_shared<const gpu::Reading>(reading);
  const Known known = points_by_name(sample);
  EXPECT_EQ(level(known, "gpu:1:memory_share"), 0.25);
  EXPECT_EQ(level(known, "gpu:1:power_w"), 250);
  EXPECT_FALSE(known.contains("gpu:0:power_w"));
}

}  // namespace
}  // namespace ktl::monitor

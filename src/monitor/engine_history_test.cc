#include "monitor/engine_history.h"

#include <gtest/gtest.h>

namespace ktl::monitor {
namespace {

constexpr MonoTime kBegin{std::chrono::hours(1)};

upstream::EngineReading load_of(double running) {
  upstream::EngineReading reading;
  reading.running = running;
  return reading;
}

upstream::EngineReading counters_of(upstream::EngineCounters counters) {
  upstream::EngineReading reading;
  reading.counters = counters;
  reading.evictable_tokens = 900;
  return reading;
}

TEST(EngineHistory, NothingIsKnownOfAnEngineThatWasNotAsked) {
  const EngineFigures figures = EngineHistory().figures(kBegin);
  EXPECT_EQ(figures.status, EngineStatus::unknown);
  EXPECT_FALSE(figures.reading_age || figures.metrics_enabled || figures.reading.running || figures.cache_hit_rate);
}

TEST(EngineHistory, AnEngineThatOwesAnAnswerIsSilentBeforeTwoSecondsAreOver) {
  EngineHistory history;
  history.note_load(kBegin, load_of(7));
  history.note_silence(kBegin + Millis(1'000));
  EXPECT_EQ(history.figures(kBegin + Millis(1'000)).status, EngineStatus::healthy);
  EXPECT_EQ(history.figures(kBegin + Millis(2'000)).status, EngineStatus::silent);
  history.note_load(kBegin + Millis(2'500), load_of(7));
  EXPECT_EQ(history.figures(kBegin + Millis(2'500)).status, EngineStatus::healthy);
}

TEST(EngineHistory, ARefusedConnectionIsToldAtOnceAndItsFiguresAreGone) {
  EngineHistory history;
  history.note_load(kBegin, load_of(7));
  history.note_unreachable(kBegin + Millis(100));
  const EngineFigures figures = history.figures(kBegin + Millis(100));
  EXPECT_EQ(figures.status, EngineStatus::unreachable);
  EXPECT_FALSE(figures.reading.running);
}

TEST(EngineHistory, OldFiguresAreNoFigures) {
  EngineHistory history;
  history.note_load(kBegin, load_of(7));
  EXPECT_EQ(history.figures(kBegin + Millis(2'900)).reading.running, 7);
  EXPECT_FALSE(history.figures(kBegin + Millis(3'000)).reading.running);
  EXPECT_EQ(history.figures(kBegin + Millis(3'000)).reading_age, Millis(3'000));
}

TEST(EngineHistory, SpeedsAndHitRateAreMadeOfCounters) {
  EngineHistory history;
  history.note_metrics(kBegin, counters_of({1'000, 400, 100, 0}));
  EngineFigures figures = history.figures(kBegin);
  EXPECT_FALSE(figures.cache_hit_rate || figures.decode_per_second);
  EXPECT_DOUBLE_EQ(*figures.cache_hit_rate_total, 0.4);

  const MonoTime later = kBegin + std::chrono::seconds(5);
  history.note_metrics(later, counters_of({1'100, 490, 600, 1}));
  figures = history.figures(later);
  EXPECT_DOUBLE_EQ(*figures.cache_hit_rate, 0.9);
  EXPECT_DOUBLE_EQ(*figures.prefill_per_second, 2);  // 10 of the 100 were computed, in five seconds
  EXPECT_DOUBLE_EQ(*figures.decode_per_second, 100);
  EXPECT_DOUBLE_EQ(*figures.retractions_per_minute, 12);
  EXPECT_EQ(figures.metrics_enabled, true);

  figures = history.figures(later + std::chrono::seconds(15));
  EXPECT_FALSE(figures.cache_hit_rate || figures.decode_per_second || figures.cache_hit_rate_total);
}

TEST(EngineHistory, AnEngineThatBeganAnewHasNoNegativeSpeed) {
  EngineHistory history;
  history.note_metrics(kBegin, counters_of({1'000, 400, 1'000, 0}));
  history.note_metrics(kBegin + std::chrono::seconds(5), counters_of({10, 0, 5, 0}));
  const EngineFigures figures = history.figures(kBegin + std::chrono::seconds(5));
  EXPECT_FALSE(figures.decode_per_second || figures.cache_hit_rate);
}

TEST(EngineHistory, WithoutMetricsThereAreNoCountersAndThatIsSaid) {
  EngineHistory history;
  history.note_load(kBegin, load_of(3));
  history.note_no_metrics(kBegin);
  const EngineFigures figures = history.figures(kBegin);
  EXPECT_EQ(figures.metrics_enabled, false);
  EXPECT_EQ(figures.reading.running, 3);
  EXPECT_FALSE(figures.decode_per_second);
}

TEST(EngineHistory, WhatTheLoadDoesNotSayComesFromTheMetrics) {
  EngineHistory history;
  history.note_load(kBegin, load_of(3));
  history.note_metrics(kBegin, counters_of({}));
  EXPECT_EQ(history.figures(kBegin).reading.evictable_tokens, 900);

  EngineHistory vllm;  // has no other word for its load
  upstream::EngineReading said = counters_of({});
  said.running = 5;
  vllm.note_metrics(kBegin, said);
  EXPECT_EQ(vllm.figures(kBegin).reading.running, 5);
  EXPECT_EQ(vllm.figures(kBegin + Millis(500)).reading_age, Millis(500));
}

}  // namespace
}  // namespace ktl::monitor

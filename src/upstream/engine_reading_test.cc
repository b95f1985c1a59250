// What engines say about themselves, read without sockets.
#include "upstream/engine_reading.h"

#include <gtest/gtest.h>

namespace ktl::upstream {
namespace {

TEST(EngineReading, LoadsOfAllRanksAreSummed) {
  EngineReading reading;
  read_loads(R"({"version":"0.5.18","loads":[
    {"num_running_reqs":7,"num_waiting_reqs":2,"num_used_tokens":1000,"max_total_num_tokens":6000,"gen_throughput":412.5,
     "decode_moments":null,"queues":{"waiting":99},"memory":{"weight_gb":2.5,"kv_cache_gb":0.5,"graph_gb":{"decode":1}}},
    {"num_running_reqs":1,"num_waiting_reqs":0,"num_used_tokens":2000,"max_total_num_tokens":6000,"gen_throughput":7.5}],
    "aggregate":{"num_running_reqs":500}})",
             reading);
  EXPECT_EQ(reading.running, 8);
  EXPECT_EQ(reading.waiting, 2);
  EXPECT_EQ(reading.tokens_per_second, 420);
  EXPECT_EQ(reading.kv_share, 0.25);
  EXPECT_EQ(reading.weight_gb, 2.5);
}

TEST(EngineReading, BrokenLoadsSayNothing) {
  for (const std::string_view bad :
       {"", "[]", "{", R"({"loads":[{"num_running_reqs":7})", R"({"loads":{}} x)", "nonsense"}) {
    EngineReading reading;
    read_loads(bad, reading);
    EXPECT_FALSE(reading.running) << bad;
  }
}

TEST(EngineReading, TheCacheHitRateComesFromCountersAndNeverFromTheGauge) {
  EngineReading reading;
  read_metrics(
      "sglang:cache_hit_rate{model_name=\"q\"} 0.99\n"
      "sglang:prefill_effective_tokens_total{mode=\"input\"} 60\n"
      "sglang:prefill_effective_tokens_total{mode=\"device_hit\"} 30\n"
      "sglang:prefill_effective_tokens_total{mode=\"host_hit\"} 10\n"
      "sglang:realtime_tokens_total{mode=\"prefill_cache\"} 1\n"
      "sglang:realtime_tokens_total{mode=\"decode\"} 500\n",
      reading);
  ASSERT_TRUE(reading.counters);
  EXPECT_EQ(reading.counters->prompt_tokens, 100);
  EXPECT_EQ(reading.counters->cached_tokens, 40);
  EXPECT_EQ(reading.counters->generated_tokens, 500);

  EngineReading gauge_only;
  read_metrics("sglang:cache_hit_rate 0.5\n", gauge_only);
  EXPECT_FALSE(gauge_only.counters);
}

TEST(EngineReading, OlderServersCountersAreTheFallback) {
  EngineReading reading;
  read_metrics(
      "sglang:realtime_tokens_total{mode=\"prefill_cache\"} 25\n"
      "sglang:realtime_tokens_total{mode=\"prefill_compute\"} 75\n",
      reading);
  ASSERT_TRUE(reading.counters);
  EXPECT_EQ(reading.counters->prompt_tokens, 100);
  EXPECT_EQ(reading.counters->cached_tokens, 25);
}

TEST(EngineReading, RanksThatTellTheSameAndPartsByPriorityAreNotCountedTwice) {
  EngineReading reading;
  read_metrics(
      "sglang:num_running_reqs{tp_rank=\"0\",priority=\"\"} 5\n"
      "sglang:num_running_reqs{tp_rank=\"0\",priority=\"1\"} 3\n"
      "sglang:num_running_reqs{tp_rank=\"1\",priority=\"\"} 5\n"
      "sglang:num_running_reqs{tp_rank=\"0\",dp_rank=\"1\"} 2\n",
      reading);
  EXPECT_EQ(reading.running, 7);
}

TEST(EngineReading, VllmSpeaksInItsOwnNames) {
  EngineReading reading;
  read_metrics(
      "vllm:num_requests_running{engine=\"0\"} 3\nvllm:num_requests_running{engine=\"1\"} 1\n"
      "vllm:num_requests_waiting{engine=\"0\"} 2\n"
      "vllm:kv_cache_usage_perc{engine=\"0\"} 0.5\nvllm:kv_cache_usage_perc{engine=\"1\"} 0.25\n"
      "vllm:prefix_cache_queries_total 200\nvllm:prefix_cache_hits_total 50\nvllm:generation_tokens_total 9\n",
      reading);
  EXPECT_EQ(reading.running, 4);
  EXPECT_EQ(reading.waiting, 2);
  EXPECT_EQ(reading.kv_share, 0.375);
  EXPECT_EQ(reading.counters->cached_tokens, 50);
}

TEST(EngineReading, PressureOnTheCacheIsRead) {
  EngineReading reading;
  read_metrics(
      "sglang:kv_evictable_tokens{tp_rank=\"0\"} 900\nsglang:kv_evictable_tokens{tp_rank=\"1\"} 900\n"
      "sglang:num_retracted_requests_total{tp_rank=\"0\"} 3\nsglang:realtime_tokens_total{mode=\"decode\"} 1\n",
      reading);
  EXPECT_EQ(reading.evictable_tokens, 900);
  EXPECT_EQ(reading.counters->retractions, 3);

  EngineReading vllm;
  read_metrics("vllm:num_preemptions_total{engine=\"0\"} 2\nvllm:generation_tokens_total 9\n", vllm);
  EXPECT_EQ(vllm.counters->retractions, 2);
}

TEST(EngineReading, ThePlacesOfAllRanksAreSummed) {
  EngineReading reading;
  read_loads(R"({"loads":[{"max_running_requests":16},{"max_running_requests":16}]})", reading);
  EXPECT_EQ(reading.max_running, 32);
}

}  // namespace
}  // namespace ktl::upstream

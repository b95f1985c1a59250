// What is read from engines and from clients, without sockets.
#include <gtest/gtest.h>

#include "admin/cors.h"
#include "admin/engine_reading.h"
#include "admin/json_object.h"
#include "admin/json_writer.h"
#include "admin/prometheus_samples.h"
#include "admin/query.h"
#include "admin/routes.h"
#include "admin/server_info.h"

namespace ktl::admin {
namespace {

TEST(PrometheusSamples, QuotesEscapesAndOddLinesDoNotConfuseIt) {
  std::vector<std::string> seen;
  for_each_sample(
      "# HELP a b\n"
      "plain 1\n"
      "labels{x=\"a}b\\\"c\",mode=\"decode\"} 2.5 1700000000\n"
      "plus +3e2\n"
      "nan NaN\ninf{le=\"+Inf\"} +Inf\n"
      "broken{x=\"1\n"
      "noword{} x\n"
      "{} 1\n"
      "  blank{ a = \"b\" , mode=\"m\" } 7\r\n"
      "last{mode=\"z\"} 4",
      [&](const Sample& sample) {
        seen.push_back(std::string(sample.name) + "|" + std::string(sample.label("mode")) + "|" +
                       std::to_string(sample.value));
      });
  const std::vector<std::string> expected{"plain||1.000000", "labels|decode|2.500000", "plus||300.000000",
                                          "||1.000000",      "blank||7.000000",        "last|z|4.000000"};
  EXPECT_EQ(seen, expected);
}

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

TEST(RateWindow, GainsAreOfTheLastMinute) {
  RateWindow<1> window;
  const MonoTime begin{std::chrono::hours(1)};
  EXPECT_EQ(window.look(begin, {100}).seconds, 0);
  for (int second = 1; second <= 300; ++second) {
    const auto gain = window.look(begin + std::chrono::seconds(second), {100.0 + 2 * second});
    EXPECT_LE(gain.seconds, 60);
    EXPECT_DOUBLE_EQ(gain.per_second(0), 2);
  }
  const auto after_restart = window.look(begin + std::chrono::seconds(301), {5});
  EXPECT_EQ(after_restart.values[0], 0);
}

TEST(ServerInfo, NoSecretPassesWhereverItStands) {
  const std::string_view said =
      R"({"model_path":"Qwen/Qwen2.5","served_model_name":"qwen","api_key":"SECRET","admin_api_key":"SECRET",
      "ssl_keyfile_password":"SECRET","tp_size":1,"context_length":"SECRET","max_running_requests":null,"enable_metrics":true,
      "memory_usage":{"weight":1.5,"api_key":"SECRET","graph":{"decode":0.2,"deep":{"x":1},"s":"SECRET"}},
      "version":{"api_key":"SECRET"},"startup_time":{"api_key":"SECRET"},
      "internal_states":[{"api_key":"SECRET","admin_api_key":"SECRET","last_gen_throughput":412.7,"internal_states":[{"tp_size":9}],
        "memory_usage":{"kvcache":0.16,"token_capacity_swa":null},"effective_max_running_requests_per_dp":16},"SECRET"],
      "kv_events":null})";
  JsonWriter out;
  out.begin_object();
  ASSERT_TRUE(write_harmless_server_info(out, said));
  out.end_object();
  EXPECT_EQ(
      out.take(),
      R"({"model_path":"Qwen/Qwen2.5","served_model_name":"qwen","tp_size":1,"max_running_requests":null,)"
      R"("enable_metrics":true,"memory_usage":{"weight":1.5,"graph":{"decode":0.2}},)"
      R"("internal_states":[{"last_gen_throughput":412.7,"memory_usage":{"kvcache":0.16,"token_capacity_swa":null},)"
      R"("effective_max_running_requests_per_dp":16}]})");
}

TEST(ServerInfo, WhatIsNoJsonObjectWritesNothing) {
  for (const std::string_view bad : {"", "[]", "{", "{\"tp_size\":1", "{\"tp_size\":1} x", "{\"version\":\"\xff\"}"}) {
    JsonWriter out;
    EXPECT_FALSE(write_harmless_server_info(out, bad)) << bad;
    EXPECT_EQ(out.take(), "");
  }
}

TEST(Query, BlanksEscapesAndRawKoreanAreRead) {
  const auto query = Query::parse("text=%EC%95%88+녕%2B&empty&model=a%2Fb&text=second");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("text"), "안 녕+");
  EXPECT_EQ(query->get("empty"), "");
  EXPECT_EQ(query->get("model"), "a/b");
  EXPECT_FALSE(query->get("none"));
  EXPECT_FALSE(Query::parse("text=%zz"));
  EXPECT_FALSE(Query::parse("text=%ff"));
}

TEST(JsonObject, TextsAndIntegersAreReadAndNonsenseRefused) {
  const auto object =
      JsonObject::parse(R"({"user":"사용\uc7901","n":60,"f":1.5,"o":{"a":[1]},"nil":null,"user":"second"})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->text("user"), "사용자1");
  EXPECT_EQ(object->integer("n"), 60);
  EXPECT_FALSE(object->integer("f"));
  EXPECT_TRUE(object->has("f"));
  EXPECT_TRUE(object->is_null("nil"));
  EXPECT_EQ(object->text("o"), nullptr);
  for (const std::string_view bad : {"", "[]", "{", "{} {}", "{\"a\":}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}"})
    EXPECT_FALSE(JsonObject::parse(bad)) << bad;
}

TEST(JsonWriter, EscapesTextsAndSaysNullForWhatJsonCannotSay) {
  JsonWriter json;
  json.begin_object()
      .field("a\"", "b\n")
      .field("x", 0.5)
      .field("inf", 1.0 / 0.0)
      .key("l")
      .begin_array()
      .value(1)
      .value(true);
  json.begin_object().end_object().end_array().field("none", std::optional<int>()).end_object();
  EXPECT_EQ(json.take(), R"({"a\"":"b\n","x":0.5,"inf":null,"l":[1,true,{}],"none":null})");
}

TEST(Routes, EveryPathKnowsItsMethods) {
  EXPECT_EQ(find_route("GET", "/admin/bans").allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_NE(find_route("HEAD", "/health").route, nullptr);
  EXPECT_EQ(find_route("GET", "/stats/a/b").rest, "a/b");
  EXPECT_EQ(find_route("GET", "/stats/").allow, "");
  EXPECT_EQ(find_route("GET", "/health/").allow, "");
  EXPECT_EQ(find_route("GET", "/v1/chat/completions").route, nullptr);
  EXPECT_EQ(find_route("GET", "/v1/chat/completions").allow, "POST, OPTIONS");
}

TEST(Cors, OnlyAllowedOriginsMayReadAndNothingIsEchoedThatIsNoName) {
  const std::vector<std::string> allowed{"https://chat.example"};
  net::HeaderList headers;
  EXPECT_EQ(cors_lines(headers, {}), "");
  headers.add("Origin", "https://chat.example");
  EXPECT_NE(cors_lines(headers, allowed).find("access-control-allow-origin: https://chat.example\r\n"),
            std::string::npos);
  net::HeaderList foreign;
  foreign.add("Origin", "https://chat.example.evil");
  foreign.add("access-control-request-headers", "x: y");
  EXPECT_EQ(cors_lines(foreign, allowed), "vary: origin\r\n");
  EXPECT_EQ(preflight_lines(foreign, "GET").find("x: y"), std::string::npos);
}

}  // namespace
}  // namespace ktl::admin

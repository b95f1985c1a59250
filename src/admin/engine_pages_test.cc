// The pages that ask the engines, over real sockets.
#include "admin/admin_fixture.h"

namespace ktl::admin {
namespace {

constexpr const char* kLoads = "/v1/loads?include=core,queues,memory";

void speak_as_sglang(AdminFixture& f, int hits) {
  f.engine_pages[kLoads] =
      R"({"loads":[{"num_running_reqs":7,"num_waiting_reqs":2,"num_used_tokens":1500,"max_total_num_tokens":6000,)"
      R"("gen_throughput":412.7,"cache_hit_rate":0.0,"memory":{"weight_gb":2.95,"kv_cache_gb":0.16}}]})";
  f.engine_pages["/metrics"] =
      "sglang:cache_hit_rate 0.99\nsglang:prefill_effective_tokens_total{mode=\"input\"} 100\n"
      "sglang:prefill_effective_tokens_total{mode=\"device_hit\"} " +
      std::to_string(hits) + "\n";
}

PAGE_TEST(PerformanceSpeaksOfEngineAndGateway) {
  start();
  speak_as_sglang(*this, 100);
  clock.advance(std::chrono::seconds(10));
  use(user, 30, 20);
  use(user, 30, 20);
  const Got got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(
      got.has(R"({"sglang_server":"healthy","requests_per_second":0.2,"tokens_per_second":412.7,"queue_length":2,)"
              R"("running_requests":7,"memory_usage":0.25,"cache_hit_rate":0.5,)"))
      << got;
  EXPECT_TRUE(got.has(R"("timestamp":"2026-11-23T08:30:10.123Z")")) << got;
  EXPECT_TRUE(got.has(R"("prompt_tokens_per_second":6,"completion_tokens_per_second":4,"window_seconds":10})")) << got;
}

PAGE_TEST(TheHitRateIsThatOfTheLastMinute) {
  start();
  speak_as_sglang(*this, 100);
  Got got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("cache_hit_rate":0.5,)")) << got;
  clock.advance(std::chrono::seconds(5));
  speak_as_sglang(*this, 300);  // 200 more, every one a hit
  got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("cache_hit_rate":1,)")) << got;
}

PAGE_TEST(SeveralEnginesAreListedAndSummed) {
  engine_count = 2;
  start();
  speak_as_sglang(*this, 100);
  Got got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("tokens_per_second":825.4,"queue_length":4,"running_requests":14,"memory_usage":0.25,)"))
      << got;
  stop_engine(1);
  got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("running_requests":7,)")) << got;
  EXPECT_TRUE(got.has(R"({"name":"engine-1","status":"unreachable","tokens_per_second":null,"queue_length":null,)"))
      << got;
}

PAGE_TEST(AnEngineThatIsGoneLeavesNulls) {
  start();
  stop_engine(0);
  Got got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(
      got.has(R"({"sglang_server":"unreachable","requests_per_second":0,"tokens_per_second":null,"queue_length":null,)"
              R"("running_requests":null,"memory_usage":null,"cache_hit_rate":null,)"))
      << got;
  got = co_await get("/admin/sglang/runtime-info", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has(R"({"sglang_server":"unreachable",)")) << got;
}

PAGE_TEST(WithoutEngineMetricsTheGatewaysOwnThroughputIsTold) {
  start();
  speak_as_sglang(*this, 0);
  engine_pages.erase("/metrics");
  clock.advance(std::chrono::seconds(10));
  use(user, 30, 20);
  const Got got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("tokens_per_second":2,"queue_length":2,)") && got.has(R"("cache_hit_rate":null)")) << got;
}

PAGE_TEST(RuntimeInfoPassesWhatIsHarmlessAndNoSecret) {
  start();
  engine_pages["/server_info"] =
      R"({"model_path":"Qwen/Qwen2.5-1.5B-Instruct","tp_size":1,"api_key":null,"admin_api_key":"SECRET-IN-CLEAR",)"
      R"("ssl_keyfile_password":"SECRET-IN-CLEAR","internal_states":[{"last_gen_throughput":412.7,"admin_api_key":"SECRET-IN-CLEAR"}],)"
      R"("version":"0.5.18"})";
  for (const std::string path : {"/admin/sglang/runtime-info", "/sglang/runtime-info"}) {
    const Got got = co_await get(path, kAdminKey);
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.has(
        R"("model_path":"Qwen/Qwen2.5-1.5B-Instruct","tp_size":1,"internal_states":[{"last_gen_throughput":412.7}],"version":"0.5.18")"))
        << got;
    EXPECT_FALSE(got.has("SECRET") || got.has("api_key") || got.has("password") || got.has("engine-key")) << got;
  }
  EXPECT_EQ(engine_saw.front(), "/server_info Bearer engine-key");
}

PAGE_TEST(VllmIsAskedForItsVersion) {
  engine_type = upstream::EngineType::vllm;
  start();
  engine_pages["/version"] = R"({"version":"0.30.0","secret":"x"})";
  engine_pages["/metrics"] = "vllm:num_requests_running 3\nvllm:kv_cache_usage_perc 0.5\n";
  Got got = co_await get("/sglang/runtime-info", kAdminKey);
  EXPECT_TRUE(got.has(R"("type":"vllm","status":"healthy","info":{"version":"0.30.0"})")) << got;
  got = co_await get("/admin/sglang/performance", kAdminKey);
  EXPECT_TRUE(got.has(R"("running_requests":3,"memory_usage":0.5,)")) << got;
}

}  // namespace
}  // namespace ktl::admin

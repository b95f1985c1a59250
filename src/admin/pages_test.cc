// The pages, over real sockets.
#include "admin/admin_fixture.h"

namespace ktl::admin {
namespace {

using net::Task;

std::string bearer(std::string_view key) {
  return "authorization: Bearer " + std::string(key) + "\r\n";
}

PAGE_TEST(HealthTellsOfEnginesStoreAndTime) {
  engine_count = 2;
  start();
  Got got = co_await get("/health");
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has(R"("status":"healthy","sglang_server":"unknown","model":"korean-qwen","storage":"sqlite")"))
      << got;
  EXPECT_TRUE(got.has(R"("version":"1.2.3","timestamp":"2026-11-23T08:30:00.123Z")")) << got;

  upstreams[0]->note_answered();
  upstreams[1]->note_unreachable();
  got = co_await get("/health");
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has(R"("status":"degraded","sglang_server":"healthy")")) << got;

  upstreams[0]->note_unreachable();
  got = co_await get("/health");
  EXPECT_EQ(got.status, 503);
  EXPECT_TRUE(got.has(R"("status":"unhealthy","sglang_server":"unreachable")")) << got;
}

PAGE_TEST(ReadinessNamesWhatIsInTheWayAndLivenessStandsAside) {
  start();
  Got got = co_await get("/readyz");
  EXPECT_EQ(got.status, 200);
  draining = true;
  store.refuse_opens("disk full");
  upstreams[0]->note_unreachable();
  got = co_await get("/readyz");
  EXPECT_EQ(got.status, 503);
  EXPECT_TRUE(got.has(R"("reasons":["draining","storage_unavailable","engine_unavailable"])")) << got;
  got = co_await get("/livez");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, R"({"status":"ok"})");
  got = co_await get("/health");
  EXPECT_TRUE(got.has(R"("accepting":false,"reason":"disk full")")) << got;
}

PAGE_TEST(MetricsHoldTheSampledGauges) {
  start();
  upstreams[0]->note_answered();
  const Got got = co_await get("/metrics");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const std::string_view line :
       {"token_limiter_upstream_up{upstream=\"engine-0\"} 1",
        "token_limiter_upstream_in_flight{upstream=\"engine-0\"} 0", "token_limiter_store_accepting 1",
        "token_limiter_open_reservations 0", "token_limiter_ledger_lag_entries 0",
        "token_limiter_build_info{version=\"1.2.3\",storage=\"sqlite\"} 1"})
    EXPECT_TRUE(got.has(line)) << line << "\n" << got;
}

PAGE_TEST(ClosedMetricsWantAnAdminKey) {
  options.metrics_open = false;
  start();
  Got got = co_await get("/metrics");
  EXPECT_EQ(got.status, 401);
  got = co_await get("/metrics", kUserKey);
  EXPECT_EQ(got.status, 403);
  got = co_await get("/metrics", kAdminKey);
  EXPECT_EQ(got.status, 200);
}

PAGE_TEST(ModelsAreThoseTheKeyMayUse) {
  start();
  Got got = co_await get("/v1/models");
  EXPECT_EQ(got.status, 401);
  EXPECT_EQ(got.header("www-authenticate"), "Bearer");
  EXPECT_TRUE(got.has(R"("code":"invalid_api_key")")) << got;
  got = co_await get("/v1/models", kUserKey);
  EXPECT_EQ(got.body,
            R"({"object":"list","data":[{"id":"korean-qwen","object":"model","created":1795422600,"owned_by":"sglang",)"
            R"("root":"Qwen/Qwen2.5-3B-Instruct","parent":null,"max_model_len":8192}]})");
  got = co_await get("/models", kOtherKey);
  EXPECT_TRUE(got.has("korean-qwen") && got.has(R"("id":"team/solar")") && got.has(R"("max_model_len":null)")) << got;
}

PAGE_TEST(AModelIsFoundByItsNameRawOrEncoded) {
  start();
  for (const std::string path : {"/v1/models/team/solar", "/v1/models/team%2Fsolar", "/v1/models/upstage/SOLAR"}) {
    const Got got = co_await get(path, kOtherKey);
    EXPECT_EQ(got.status, 200) << path;
    EXPECT_TRUE(got.has(R"({"id":"team/solar")")) << got;
  }
  Got got = co_await get("/v1/models/team/solar", kUserKey);
  EXPECT_EQ(got.status, 404);
  EXPECT_TRUE(got.has(R"("code":"model_not_found")") && got.has(R"("param":"model")")) << got;
  got = co_await get("/v1/models/nope", kOtherKey);
  EXPECT_EQ(got.status, 404);
  got = co_await get("/v1/models/%ff", kOtherKey);
  EXPECT_EQ(got.status, 400);
}

PAGE_TEST(TokenInfoCountsRawEncodedAndPostedTextAlike) {
  options.trust_loopback = true;
  start();
  const Got raw = co_await get("/token-info?text=안녕+A1!");
  EXPECT_EQ(raw.status, 200);
  EXPECT_EQ(raw.body,
            R"({"token_count":4,"method":"estimate","estimate":4,"model":"korean-qwen","characters":6,"bytes":10,)"
            R"("composition":{"hangul":2,"latin":1,"digits":1,"blanks":1,"other":1,"korean_share":0.4},)"
            R"("tokens_per_syllable":2,"tokenizer":null,"chat_template":"unknown",)"
            R"("drift":{"requests":0,"exact":0,"exact_share":null,"worst":0,"mean":null}})");
  const Got encoded = co_await get("/token-info?text=%EC%95%88%EB%85%95%20A1!&model=korean-qwen&method=estimate");
  EXPECT_EQ(encoded.body, raw.body);
  const Got posted = co_await ask("POST", "/token-info", {}, R"({"text":"안녕 A1!","model":"korean-qwen"})");
  EXPECT_EQ(posted.body, raw.body);
  const Got latin = co_await get("/token-info?text=abcd");
  EXPECT_TRUE(latin.has(R"("tokens_per_syllable":null)")) << latin;
}

PAGE_TEST(TokenInfoTellsHowAModelIsCountedAndHowFarThatWasFromTheEngine) {
  start();
  const gateway::Model& model = catalogue.get()->models.front();
  model.drift->record(100, 100);
  model.drift->record(90, 93);
  const Got got = co_await get("/token-info?model=korean-qwen", kUserKey);
  EXPECT_EQ(got.body, R"({"model":"korean-qwen","method":"estimate","tokenizer":null,"chat_template":"unknown",)"
                      R"("drift":{"requests":2,"exact":1,"exact_share":0.5,"worst":-3,"mean":-1.5}})");
  const Got metrics = co_await get("/metrics", kAdminKey);
  EXPECT_TRUE(metrics.has("token_limiter_prompt_counts_equal{model=\"korean-qwen\"} 1\n")) << metrics;
  EXPECT_TRUE(metrics.has("token_limiter_prompt_count_worst_difference{model=\"korean-qwen\"} -3\n")) << metrics;
}

PAGE_TEST(TokenInfoRefusesWhatItCannotCount) {
  start();
  Got got = co_await get("/token-info?text=a");
  EXPECT_EQ(got.status, 401);
  const std::pair<std::string, int> cases[] = {{"/token-info", 400},
                                               {"/token-info?text=%ff", 400},
                                               {"/token-info?text=%e", 400},
                                               {"/token-info?text=a&model=x", 404},
                                               {"/token-info?text=a&method=guess", 400},
                                               {"/token-info?text=a&method=exact", 400},
                                               {"/token-info?text=a&model=team%2Fsolar", 404}};
  for (const auto& [target, status] : cases) {
    got = co_await get(target, kUserKey);
    EXPECT_EQ(got.status, status) << target << got;
  }
  const std::string key = bearer(kUserKey);
  got = co_await ask("POST", "/token-info", key, "{\"text\":\"\xff\"}");
  EXPECT_EQ(got.status, 400);
  got = co_await ask("POST", "/token-info", key, "{\"text\":1}");
  EXPECT_EQ(got.status, 400);
  got = co_await ask("POST", "/token-info", key, std::string(2 << 20, 'x'));
  EXPECT_EQ(got.status, 413);
}

PAGE_TEST(StatsShowWhatWasUsedAndWhatIsLeft) {
  start();
  use(user, 100, 50);
  use(user, 10, 5);
  for (const std::string path : {"/stats/사용자1", "/stats/%EC%82%AC%EC%9A%A9%EC%9E%901"}) {
    const Got got = co_await get(path, kUserKey);
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(
        got.has(R"({"user_id":"사용자1","display_name":"사용자1","description":"시범 \"사용자\"","groups":[],)"
                R"("requests_this_minute":2,"requests_this_hour":2,"requests_today":2,"tokens_this_minute":165,)"
                R"("tokens_this_hour":165,"tokens_today":165,"in_flight":0,"total_requests":2,"total_tokens":165,)"
                R"("total_prompt_tokens":110,"total_completion_tokens":55,"limits":{"rpm":40,"rph":null,"rpd":null,)"
                R"("tpm":8000,"tph":null,"daily":null,"concurrent":null},"remaining":{"rpm":38,"rph":null,)"
                R"("rpd":null,"tpm":7835,)"))
        << got;
    EXPECT_TRUE(got.has(R"("banned":false,"timestamp":"2026-11-23T08:30:00.123Z"})")) << got;
  }
  clock.advance(std::chrono::minutes(2));
  const Got later = co_await get("/stats/사용자1", kUserKey);
  EXPECT_TRUE(later.has(R"("requests_this_minute":0)") && later.has(R"("total_tokens":165)")) << later;
}

PAGE_TEST(StatsAreForTheirOwnerAndForAdmins) {
  options.trust_loopback = true;
  start();
  const std::pair<std::pair<std::string, std::string_view>, int> cases[] = {
      {{"/stats/사용자1", kOtherKey}, 403},  {{"/stats/사용자1", kAdminKey}, 200},
      {{"/stats/사용자1", ""}, 200},         {{"/stats/없는사람", ""}, 404},
      {{"/stats/없는사람", kAdminKey}, 404}, {{"/stats/없는사람", kOtherKey}, 403},
      {{"/stats/사용자1", "wrong"}, 401}};
  for (const auto& [question, status] : cases) {
    const Got got = co_await get(question.first, question.second);
    EXPECT_EQ(got.status, status) << question.first << " " << question.second << got;
  }
  const Got forwarded = co_await ask("GET", "/stats/사용자1", "x-forwarded-for: 10.0.0.1\r\n");
  EXPECT_EQ(forwarded.status, 401);
  host = "evil.example";
  const Got rebound = co_await get("/stats/사용자1");
  EXPECT_EQ(rebound.status, 401);
}

PAGE_TEST(AdminsSeeUsersUsageAndLimitsButNoKey) {
  start();
  use(user, 100, 50);
  const Got users = co_await get("/admin/users", kAdminKey);
  EXPECT_EQ(users.status, 200);
  EXPECT_TRUE(users.has(R"({"count":2,"total":2,"offset":0,"users":[{"user_id":"사용자1")")) << users;
  EXPECT_TRUE(users.has(R"("name":"sk-user…def","mask":"sk-user…def","admin":false,"state":"active","banned":false,)"))
      << users;
  EXPECT_FALSE(users.has(kUserKey));
  const Got usage = co_await get("/admin/usage", kAdminKey);
  EXPECT_TRUE(usage.has(R"({"total":{"total_requests":1,"total_tokens":150,)")) << usage;
  EXPECT_TRUE(usage.has(R"({"name":"korean-qwen","total_requests":1,)")) << usage;
  const Got limits = co_await get("/admin/limits", kAdminKey);
  EXPECT_TRUE(limits.has(R"("limits":{"rpm":40,"rph":null,"rpd":null,"tpm":8000,)")) << limits;
  EXPECT_TRUE(limits.has(R"("kind":"group","name":"개발자그룹")")) << limits;
  for (const std::string path :
       {"/admin/users", "/admin/usage", "/admin/limits", "/admin/bans", "/admin/sglang/performance"}) {
    const Got refused = co_await get(path, kUserKey);
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_TRUE(refused.has(R"("code":"permission_denied")")) << refused;
  }
}

PAGE_TEST(ABanByHandShutsAUserOutUntilItIsLifted) {
  start();
  const std::string key = bearer(kAdminKey);
  const Got made =
      co_await ask("POST", "/admin/bans", key, R"({"user":"사용자1","duration_seconds":60,"reason":"too \"loud\""})");
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(made.has(
      R"("kind":"user","name":"사용자1","until":"2026-11-23T08:31:00.123Z","manual":true,"reason":"too \"loud\"")"))
      << made;
  EXPECT_TRUE(accounting->banned({&user, 1}).has_value());
  const Got stats = co_await get("/stats/사용자1", kUserKey);
  EXPECT_TRUE(stats.has(R"("banned":true)")) << stats;
  const Got list = co_await get("/admin/bans", kAdminKey);
  EXPECT_TRUE(list.has(R"({"bans":[{"scope":)") && list.has("사용자1")) << list;

  const std::string target = "/admin/bans/" + std::to_string(static_cast<unsigned>(user));
  Got lifted = co_await ask("DELETE", target, key);
  EXPECT_EQ(lifted.status, 200);
  EXPECT_FALSE(accounting->banned({&user, 1}).has_value());
  lifted = co_await ask("DELETE", target, key);
  EXPECT_EQ(lifted.status, 404);
  lifted = co_await ask("DELETE", "/admin/bans/x1", key);
  EXPECT_EQ(lifted.status, 404);
}

PAGE_TEST(ABanThatMakesNoSenseIsRefused) {
  options.trust_loopback = true;
  start();
  const std::pair<std::string, int> cases[] = {{"{}", 400},
                                               {"nonsense", 400},
                                               {R"({"user":"없는사람"})", 404},
                                               {R"({"user":"사용자1","duration_seconds":0})", 400},
                                               {R"({"user":"사용자1","duration_seconds":"1h"})", 400},
                                               {R"({"scope":9999})", 404}};
  for (const auto& [order, status] : cases) {
    const Got got = co_await ask("POST", "/admin/bans", bearer(kAdminKey), order);
    EXPECT_EQ(got.status, status) << order << got;
  }
  const Got without_key = co_await ask("POST", "/admin/bans", {}, R"({"user":"사용자1"})");
  EXPECT_EQ(without_key.status, 401);
  EXPECT_TRUE(accounting->bans().empty());
  const Got for_ever =
      co_await ask("POST", "/admin/bans", bearer(kAdminKey), R"({"key_name":"sk-user…def","duration_seconds":null})");
  EXPECT_EQ(for_ever.status, 201);
  EXPECT_TRUE(for_ever.has(R"("until":null)")) << for_ever;
}

PAGE_TEST(ReloadSaysWhetherItWorked) {
  int calls = 0;
  bool works = true;
  const auto again = [&]() -> Result<void> {
    ++calls;
    if (!works) return fail(ErrorCode::invalid, ErrorSource::gateway, "line 3: unknown key");
    return {};
  };
  reload = again;
  start();
  Got got = co_await ask("POST", "/admin/reload", bearer(kUserKey));
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(calls, 0);
  got = co_await ask("POST", "/admin/reload", bearer(kAdminKey));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(calls, 1);
  works = false;
  got = co_await ask("POST", "/admin/reload", bearer(kAdminKey));
  EXPECT_EQ(got.status, 422);
  EXPECT_TRUE(got.has("line 3: unknown key")) << got;
}

PAGE_TEST(WrongPathsAndMethodsGetOpenAisErrorsInTheCallersLanguage) {
  start();
  Got got = co_await ask("GET", "/nowhere", "accept-language: en\r\n");
  EXPECT_EQ(got.status, 404);
  EXPECT_TRUE(got.has(R"({"error":{"message":"Unknown request URL: GET /nowhere)") && got.has("unknown_url")) << got;
  got = co_await get("/nowhere");
  EXPECT_TRUE(got.has("알 수 없는 요청 주소")) << got;
  got = co_await ask("POST", "/health", {}, "{}");
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.header("allow"), "GET, HEAD, OPTIONS");
  got = co_await get("/v1/chat/completions");
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.header("allow"), "POST, OPTIONS");
  for (const std::string path : {"/server_info", "/generate", "/flush_cache", "/v1/loads", "/admin"}) {
    got = co_await get(path, kAdminKey);
    EXPECT_EQ(got.status, 404) << path;
  }
  got = co_await ask("HEAD", "/health");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("x-request-id").size(), 32u);
}

PAGE_TEST(BrowsersOfAllowedOriginsArePermittedByPreflight) {
  options.allowed_origins = {"https://chat.example"};
  start();
  const std::string asks =
      "access-control-request-method: POST\r\naccess-control-request-headers: authorization,x-stainless-os\r\n";
  Got got = co_await ask("OPTIONS", "/v1/chat/completions", "origin: https://chat.example\r\n" + asks);
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.header("access-control-allow-origin"), "https://chat.example");
  EXPECT_EQ(got.header("access-control-allow-methods"), "POST, OPTIONS");
  EXPECT_EQ(got.header("access-control-allow-headers"), "authorization,x-stainless-os");
  got = co_await ask("OPTIONS", "/v1/chat/completions", "origin: https://evil.example\r\n" + asks);
  EXPECT_EQ(got.header("access-control-allow-origin"), "");
  got = co_await ask("GET", "/health", "origin: https://chat.example\r\n");
  EXPECT_EQ(got.header("access-control-allow-origin"), "https://chat.example");
}

}  // namespace
}  // namespace ktl::admin

// The journey, with a scripted engine at its end. Every test also checks (TearDown) that no reservation and no permit is
// left behind.
#include "gateway/journey_fixture.h"

namespace ktl::gateway {
namespace {

using net::HttpExchange;
using net::Task;

const std::string kChat = R"({"model":"korean-qwen","messages":[{"role":"user","content":"안녕하세요"}],"max_tokens":50})";
const std::string kStream =
    R"({"model":"korean-qwen","messages":[{"role":"user","content":"안녕하세요"}],"max_tokens":50,"stream":true})";
const std::string kJson = "content-type: application/json\r\n";
const std::string kSse = "content-type: text/event-stream; charset=utf-8\r\n";

std::string rid_of(const std::string& body) {
  const auto at = body.find("\"rid\":\"") + 7;
  return body.substr(at, body.find('"', at) - at);
}

std::string whole_answer(const std::string& rid) {
  return R"({"id":")" + rid +
         R"(","object":"chat.completion","created":1,"model":"Qwen/Qwen2.5-3B-Instruct","choices":[{"index":0,"message":{"role":"assistant","content":"네"},"logprobs":null,"finish_reason":"stop","matched_stop":151645}],"usage":{"prompt_tokens":30,"total_tokens":37,"completion_tokens":7,"prompt_tokens_details":null,"reasoning_tokens":0},"metadata":{"weight_version":"default"}})";
}

std::string chunk(const std::string& rid, const std::string& text, int completion) {
  return "data: {\"id\":\"" + rid +
         "\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"Qwen/Qwen2.5-3B-Instruct\",\"choices\":[{\"index\":0,"
         "\"delta\":{\"reasoning_content\":null,\"content\":\"" +
         text + "\"},\"logprobs\":null,\"finish_reason\":null,\"matched_stop\":null}],\"usage\":{\"prompt_tokens\":30,\"total_tokens\":" +
         std::to_string(30 + completion) + ",\"completion_tokens\":" + std::to_string(completion) +
         ",\"prompt_tokens_details\":null,\"reasoning_tokens\":0}}\n\n";
}

std::string usage_event(const std::string& rid, int completion) {
  return "data: {\"id\":\"" + rid + "\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":"
         "{\"prompt_tokens\":30,\"total_tokens\":" + std::to_string(30 + completion) + ",\"completion_tokens\":" +
         std::to_string(completion) + ",\"prompt_tokens_details\":null,\"reasoning_tokens\":0}}\n\n";
}

Task<void> answer_whole(HttpExchange& x, const std::string& body) { co_await x.reply(200, kJson, whole_answer(rid_of(body))); }

Task<void> answer_stream(HttpExchange& x, const std::string& body) {
  const std::string rid = rid_of(body);
  x.start_stream(200, kSse);
  for (int i = 1; i <= 3; ++i) co_await x.write(chunk(rid, "조각" + std::to_string(i), i));
  co_await x.write(usage_event(rid, 4));
  co_await x.write("data: [DONE]\n\n");
  co_await x.finish();
}

JOURNEY(AWholeAnswerCarriesTheClientsModelNameAndIsSettledToTheEnginesUsage) {
  start(answer_whole);
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 200);
  EXPECT_NE(got.body.find(R"("model":"korean-qwen")"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find(R"("id":"chatcmpl-)"), std::string::npos);
  EXPECT_EQ(tokens().used, 37);
  EXPECT_EQ(requests_used().used, 1);
  EXPECT_EQ(got.header("x-ratelimit-limit-requests"), "100");
  EXPECT_EQ(got.header("x-ratelimit-remaining-requests"), "99");
  EXPECT_EQ(got.header("x-ratelimit-remaining-tokens"), std::to_string(100'000 - 37));
  EXPECT_EQ(got.header("x-request-id").size(), 32u);
  EXPECT_EQ(got.header("x-token-limiter-count-method"), "estimate");
  CO_ASSERT(requests.size() == 1);
  EXPECT_NE(requests[0].find(R"("model":"Qwen/Qwen2.5-3B-Instruct")"), std::string::npos) << requests[0];
  CO_ASSERT(store.entries().size() == 2);
  EXPECT_EQ(store.entries()[1].usage.completion, 7);
}

JOURNEY(ABoundIsInjectedAndReservedWhenTheClientSetsNone) {
  start(answer_whole);
  const Got got = co_await ask(R"({"model":"korean-qwen","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(got.status, 200);
  EXPECT_NE(requests[0].find(R"("max_tokens":100)"), std::string::npos) << requests[0];
  EXPECT_GE(store.entries()[0].reserved_tokens, 100);
}

JOURNEY(AStreamLosesTheUsageThatTheClientDidNotAskForAndIsSettledBeforeItsLastEvent) {
  start(answer_stream);
  const Got got = co_await ask(kStream);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.whole);
  EXPECT_EQ(got.body.find("usage"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find("조각1"), std::string::npos);
  EXPECT_NE(got.body.find(R"("model":"korean-qwen")"), std::string::npos);
  EXPECT_TRUE(got.body.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(tokens().used, 34);
  EXPECT_NE(requests[0].find("continuous_usage_stats"), std::string::npos);
}

JOURNEY(AStreamKeepsTheUsageEventThatTheClientAskedFor) {
  start(answer_stream);
  const Got got = co_await ask(kStream.substr(0, kStream.size() - 1) + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_NE(got.body.find(R"("choices":[],"usage":{"prompt_tokens":30,"total_tokens":34)"), std::string::npos) << got.body;
  EXPECT_EQ(got.body.find(R"("total_tokens":31)"), std::string::npos) << got.body;
}

JOURNEY(AFullQueueReportedInsideAStreamBecomesAReal503AndCostsNothing) {
  start([](HttpExchange& x, const std::string&) -> Task<void> {
    x.start_stream(200, kSse);
    co_await x.write("data: {\"error\": {\"object\": \"error\", \"message\": \"The request queue is full.\", \"type\": "
                     "\"SERVICE_UNAVAILABLE\", \"param\": null, \"code\": 503}}\n\ndata: [DONE]\n\n");
    co_await x.finish();
  });
  const Got got = co_await ask(kStream);
  EXPECT_EQ(got.status, 503);
  EXPECT_NE(got.body.find(R"("error":{)"), std::string::npos);
  EXPECT_EQ(got.header("retry-after"), "1");
  EXPECT_EQ(tokens().used, 0);
  EXPECT_EQ(requests_used().used, 0);
}

JOURNEY(AnEngineThatIsDownGives503AndNothingIsChargedAndItWorksAgainWhenItIsBack) {
  start(answer_whole);
  engine->drain();
  const Got down = co_await ask(kChat);
  EXPECT_EQ(down.status, 503);
  EXPECT_EQ(tokens().used, 0);
  EXPECT_EQ(requests_used().used, 0);
  EXPECT_EQ(upstream->health(), upstream::Health::down);
  engine = std::make_unique<net::HttpServer>(loop, net::ServerOptions{}, [this](HttpExchange& x) { return run_script(x); });
  CO_ASSERT(engine->listen("127.0.0.1", engine_port).has_value());
  const Got back = co_await ask(kChat);
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(upstream->health(), upstream::Health::up);
}

JOURNEY(AnEngineThatDiesInAStreamEndsItWithAnErrorEventAndChargesWhatWasSeen) {
  start([](HttpExchange& x, const std::string& body) -> Task<void> {
    x.start_stream(200, kSse);
    co_await x.write(chunk(rid_of(body), "하나", 1));
    co_await x.write(chunk(rid_of(body), "둘", 2));
  });
  const Got got = co_await ask(kStream);
  EXPECT_EQ(got.status, 200);
  EXPECT_NE(got.body.find("둘"), std::string::npos);
  EXPECT_NE(got.body.find(R"(data: {"error":{)"), std::string::npos) << got.body;
  EXPECT_EQ(tokens().used, 32);
}

JOURNEY(AnEngineThatRefusesWith400IsPassedOnAndCostsARequestButNoTokens) {
  start([](HttpExchange& x, const std::string&) -> Task<void> {
    co_await x.reply(400, kJson,
                     R"({"object":"error","message":"Messages are strange.","type":"BadRequestError","param":null,"code":400})");
  });
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 400);
  EXPECT_NE(got.body.find("Messages are strange."), std::string::npos) << got.body;
  EXPECT_EQ(tokens().used, 0);
  EXPECT_EQ(requests_used().used, 1);
}

JOURNEY(AnAnswerThatIsNotJsonIsABadGateway) {
  start([](HttpExchange& x, const std::string&) -> Task<void> { co_await x.reply(200, kJson, "<html>"); });
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 502);
}

JOURNEY(AClientThatLeavesAStreamStopsTheEngineAndPaysWhatWasGenerated) {
  bool aborted = false;
  start([&aborted, this](HttpExchange& x, const std::string& body) -> Task<void> {
    const std::string rid = rid_of(body);
    x.start_stream(200, kSse);
    co_await x.write(chunk(rid, "하나", 1));
    while (aborts.empty()) co_await loop.sleep(Millis(1));
    aborted = true;
    co_await x.write(usage_event(rid, 5) + "data: [DONE]\n\n");
    co_await x.finish();
  });
  {
    auto connection = co_await connect();
    const std::string text = request_text(kStream, "Authorization: Bearer sk-test\r\n", "/v1/chat/completions");
    const std::string_view part = text;
    auto sent = co_await connection->send({&part, 1}, kLong);
    auto head = co_await connection->read_head(kLong);
    CO_ASSERT(sent.has_value() && head.has_value());
  }
  while (store.entries().size() < 2) co_await loop.sleep(Millis(1));
  EXPECT_TRUE(aborted);
  CO_ASSERT(aborts.size() == 1);
  EXPECT_EQ(aborts[0], R"({"rid":")" + rid_of(requests[0]) + R"("})");
  EXPECT_EQ(tokens().used, 35);
  EXPECT_EQ(store.entries()[1].outcome, ledger::Outcome::client_left);
}

JOURNEY(AClientThatLeavesBeforeTheFirstTokenStopsTheEngineToo) {
  start([this](HttpExchange& x, const std::string& body) -> Task<void> {
    while (aborts.empty()) co_await loop.sleep(Millis(1));
    co_await x.reply(200, kJson, whole_answer(rid_of(body)));
  });
  {
    auto connection = co_await connect();
    const std::string text = request_text(kChat, "Authorization: Bearer sk-test\r\n", "/v1/chat/completions");
    const std::string_view part = text;
    auto sent = co_await connection->send({&part, 1}, kLong);
    while (requests.empty()) co_await loop.sleep(Millis(1));
  }
  while (store.entries().size() < 2) co_await loop.sleep(Millis(1));
  EXPECT_EQ(aborts.size(), 1u);
  EXPECT_EQ(tokens().used, 37);
}

JOURNEY(AnEngineThatSaysNothingAfterAnAbortIsGivenUp) {
  options.abort_grace = Millis(20);
  bool engine_saw_close = false;
  start([&engine_saw_close](HttpExchange& x, const std::string&) -> Task<void> {
    x.on_client_gone([&engine_saw_close] { engine_saw_close = true; });
    while (!engine_saw_close) co_await x.loop().sleep(Millis(1));
  });
  {
    auto connection = co_await connect();
    const std::string text = request_text(kStream, "Authorization: Bearer sk-test\r\n", "/v1/chat/completions");
    const std::string_view part = text;
    auto sent = co_await connection->send({&part, 1}, kLong);
    while (requests.empty()) co_await loop.sleep(Millis(1));
  }
  while (store.entries().size() < 2) co_await loop.sleep(Millis(1));
  EXPECT_EQ(store.entries()[1].usage.completion, 0);
  EXPECT_GT(store.entries()[1].usage.prompt, 0);
  while (!engine_saw_close) co_await loop.sleep(Millis(1));
}

JOURNEY(ASilentEngineTimesOutWith504AndIsStopped) {
  options.answer_timeout = Millis(20);
  start([this](HttpExchange& x, const std::string&) -> Task<void> {
    while (!x.client_gone()) co_await loop.sleep(Millis(1));
  });
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 504);
  while (aborts.empty()) co_await loop.sleep(Millis(1));
}

JOURNEY(UnknownAndMissingKeysGet401) {
  start(answer_whole);
  const Got none = co_await ask(kChat, "");
  EXPECT_EQ(none.status, 401);
  EXPECT_NE(none.body.find("invalid_api_key"), std::string::npos);
  const Got wrong = co_await ask(kChat, "Authorization: Bearer sk-wrong-and-long-key\r\n");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body.find("sk-wrong-and-long-key"), std::string::npos);
  const Got other = co_await ask(kChat, "x-api-key: sk-test\r\n");
  EXPECT_EQ(other.status, 200);
}

JOURNEY(AnUnknownModelGets404AndCostsNothing) {
  start(answer_whole);
  const Got got = co_await ask(R"({"model":"gpt-x","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(got.status, 404);
  EXPECT_NE(got.body.find("model_not_found"), std::string::npos);
  EXPECT_EQ(requests_used().used, 0);
  EXPECT_TRUE(requests.empty());
}

JOURNEY(ARefusalByRequestsIsAnsweredWithTheBodyUnread) {
  limits[quota::LimitKind::rpm] = 1;
  start(answer_whole);
  const Got first = co_await ask(kChat);
  EXPECT_EQ(first.status, 200);
  auto connection = co_await connect();
  const std::string_view head = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-test\r\n"
                                "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";
  auto sent = co_await connection->send({&head, 1}, kLong);
  auto answer = co_await connection->read_head(kLong);
  CO_ASSERT(sent.has_value() && answer.has_value());
  EXPECT_EQ((*answer)->status, 429);
  EXPECT_FALSE((*answer)->headers.get("retry-after").empty());
  EXPECT_EQ(requests_used().used, 1);
}

JOURNEY(AnAskAboveTheLimitIsToldThatWaitingDoesNotHelp) {
  limits[quota::LimitKind::tpm] = 40;
  start(answer_whole);
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 429);
  EXPECT_EQ(got.header("x-should-retry"), "false");
  EXPECT_NE(got.body.find(R"("type":"tokens")"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find(R"("code":"rate_limit_exceeded")"), std::string::npos);
  EXPECT_EQ(tokens().used, 0);
}

JOURNEY(TooManyViolationsBanTheKeyWith403) {
  limits[quota::LimitKind::rpm] = 0;
  bans = {.threshold = 3};
  start(answer_whole);
  for (int i = 0; i < 3; ++i) {
    const Got refused = co_await ask(kChat);
    EXPECT_EQ(refused.status, 429);
  }
  const Got banned = co_await ask(kChat);
  EXPECT_EQ(banned.status, 403);
  EXPECT_NE(banned.body.find("key_banned"), std::string::npos);
  EXPECT_FALSE(banned.header("retry-after").empty());
}

JOURNEY(AStoreThatRefusesMeans503AndNothingIsSent) {
  start(answer_whole);
  store.refuse_opens("disk full");
  const Got refused = co_await ask(kChat);
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(tokens().used, 0);
  store.refuse_opens("");
  const Got served = co_await ask(kChat);
  EXPECT_EQ(served.status, 200);
}

JOURNEY(WhicheverJournalWriteFailsTheClientGetsAWholeAnswerOrAClear503) {
  start(answer_whole);
  for (std::uint64_t nth = 1; nth <= 4; ++nth) {
    store.fail_nth_append(nth);
    const Got first = co_await ask(kChat);
    const Got second = co_await ask(kChat);
    for (const Got* got : {&first, &second}) EXPECT_TRUE(got->status == 200 || got->status == 503) << nth;
    EXPECT_EQ(accounting->open_reservations(), 0) << nth;
  }
}

JOURNEY(AnAdmissionThatMustBeOnDiskIsNotDispatchedBefore) {
  options.wait_for_disk = true;
  start(answer_whole);
  store.hold_sync(true);
  Got got;
  bool answered = false;
  struct Asker {
    static Task<void> run(JourneyFixture::Asking ask, Got& out, bool& done) {
      out = co_await std::move(ask);
      done = true;
    }
  };
  loop.spawn(Asker::run(ask(kChat), got, answered));
  while (store.entries().empty()) co_await loop.sleep(Millis(1));
  EXPECT_TRUE(requests.empty());
  store.hold_sync(false);
  while (!answered) co_await loop.sleep(Millis(1));
  EXPECT_EQ(got.status, 200);
}

JOURNEY(AFullQueueIsRefusedAndAWaiterGoesInWhenAPlaceIsFree) {
  in_flight = {.limit = 1, .queue_limit = 1};
  bool open = false;
  start([&open, this](HttpExchange& x, const std::string& body) -> Task<void> {
    while (!open) co_await loop.sleep(Millis(1));
    co_await x.reply(200, kJson, whole_answer(rid_of(body)));
  });
  struct Asker {
    static Task<void> run(JourneyFixture::Asking ask, int& status) {
      const Got got = co_await std::move(ask);
      status = got.status;
    }
  };
  int running = 0, waiting = 0;
  loop.spawn(Asker::run(ask(kChat), running));
  while (upstream->gate().running() == 0) co_await loop.sleep(Millis(1));
  loop.spawn(Asker::run(ask(kChat), waiting));
  while (upstream->gate().waiting() == 0) co_await loop.sleep(Millis(1));
  const Got refused = co_await ask(kChat);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(requests.size(), 1u);
  open = true;
  while (waiting == 0) co_await loop.sleep(Millis(1));
  EXPECT_EQ(running, 200);
  EXPECT_EQ(waiting, 200);
}

JOURNEY(AWaiterThatTakesTooLongIsToldSo) {
  in_flight = {.limit = 1, .queue_limit = 5};
  queue_timeout = Millis(10);
  bool open = false;
  start([&open, this](HttpExchange& x, const std::string& body) -> Task<void> {
    while (!open) co_await loop.sleep(Millis(1));
    co_await x.reply(200, kJson, whole_answer(rid_of(body)));
  });
  struct Asker {
    static Task<void> run(JourneyFixture::Asking ask, int& status) {
      const Got got = co_await std::move(ask);
      status = got.status;
    }
  };
  int running = 0;
  loop.spawn(Asker::run(ask(kChat), running));
  while (upstream->gate().running() == 0) co_await loop.sleep(Millis(1));
  const Got late = co_await ask(kChat);
  EXPECT_EQ(late.status, 503);
  EXPECT_NE(late.body.find("queue_timeout"), std::string::npos) << late.body;
  open = true;
  while (running == 0) co_await loop.sleep(Millis(1));
}

JOURNEY(AnEngineConnectionThatWasClosedWhileIdleIsReplacedUnnoticed) {
  start(answer_whole);
  const Got first = co_await ask(kChat);
  EXPECT_EQ(first.status, 200);
  engine->drain();
  engine = std::make_unique<net::HttpServer>(loop, net::ServerOptions{}, [this](HttpExchange& x) { return run_script(x); });
  CO_ASSERT(engine->listen("127.0.0.1", engine_port).has_value());
  const Got second = co_await ask(kChat);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(tokens().used, 74);
}

JOURNEY(ADrainingGatewayRefusesNewWork) {
  start(answer_whole);
  draining = true;
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 503);
  EXPECT_TRUE(requests.empty());
}

JOURNEY(EnginesControlsOfATenantNeverReachTheEngine) {
  start(answer_whole);
  const Got got = co_await ask(
      R"({"rid":"x","model":"korean-qwen","priority":9,"messages":[{"role":"user","content":"hi"}],"custom_logit_processor":"evil","temperature":0.5})",
      "Authorization: Bearer sk-test\r\nX-Data-Parallel-Rank: 3\r\n");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(requests[0].find("evil"), std::string::npos);
  EXPECT_EQ(requests[0].find("priority"), std::string::npos);
  EXPECT_EQ(requests[0].find(R"("rid":"x")"), std::string::npos);
  EXPECT_NE(requests[0].find(R"("temperature":0.5)"), std::string::npos);
}

}  // namespace
}  // namespace ktl::gateway

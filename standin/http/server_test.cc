// How the server behaves over time and under orders: queue, abort, auth, leaving clients, misbehaviour, books.
#include "standin/http/test_client.h"

namespace ktl::standin {
namespace {

StandinOptions slow_server() {  // runs in real time: what is started is still running when the test looks
  StandinOptions options;
  options.engine.speed = 1;
  options.health_delay = Millis{0};
  options.engine.context_length = 4096;
  options.engine.max_total_num_tokens = 60'000;
  return options;
}

StandinOptions instant_engine() {
  StandinOptions options = slow_server();
  options.engine.speed = 0;
  return options;
}

std::string endless(std::string_view rid, bool stream = true) {
  return R"({"model":"qwen","messages":[{"role":"user","content":"Hello"}],"ignore_eos":true,"max_tokens":3000,"rid":")" +
         std::string(rid) + (stream ? "\",\"stream\":true}" : "\"}");
}

TEST(Server, RefusesWhenTheQueueIsFullInBandForStreams) {
  StandinOptions options = slow_server();
  options.engine.max_running_requests = 1;
  options.engine.max_queued_requests = 1;
  const StandinServer server(options);
  Client running(server.port()), waiting(server.port());
  running.send("POST", "/v1/chat/completions", endless("running"));
  server.books_with(R"("running":1,"waiting":0)");
  waiting.send("POST", "/v1/chat/completions", endless("waiting"));
  server.books_with(R"("running":1,"waiting":1)");
  const Answered whole = server.post("/v1/chat/completions", endless("more", false));
  EXPECT_EQ(whole.status, 503);
  EXPECT_EQ(whole.body,
            R"({"object":"error","message":"The request queue is full.","type":"503","param":null,"code":503})");
  const Answered stream = server.post("/v1/chat/completions", endless("more"));
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.body,
            "data: {\"error\": {\"object\": \"error\", \"message\": \"The request queue is full.\", \"type\": "
            "\"SERVICE_UNAVAILABLE\", \"param\": null, \"code\": 503}}\n\ndata: [DONE]\n\n");
  EXPECT_EQ(
      server.post("/v1/chat/completions", endless("running")).body,
      R"({"object":"error","message":"Duplicate request ID detected: running","type":"BadRequestError","param":null,"code":400})");
  server.books_with(R"("refused":2)");
}

TEST(Server, AbortEndsARunningStreamNormallyAndAWaitingRequestWithNothing) {
  StandinOptions options = slow_server();
  options.engine.max_running_requests = 1;
  const StandinServer server(options);
  Client running(server.port()), waiting(server.port());
  running.send("POST", "/v1/chat/completions", endless("aa-running"));
  ASSERT_TRUE(running.read_until("\"content\":\"Hello\""));
  waiting.send("POST", "/v1/chat/completions", endless("aa-waiting", false));
  server.books_with(R"("running":1,"waiting":1)");
  const Answered aborted = server.post("/abort_request", R"({"rid":"aa"})");
  EXPECT_EQ(aborted.status, 200);
  EXPECT_EQ(aborted.body, "");
  const Answered nothing = waiting.read();
  EXPECT_EQ(nothing.status, 200);
  EXPECT_EQ(
      without_times(nothing.body),
      R"({"id":"aa-waiting","object":"chat.completion","created":T,"model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"abort","matched_stop":null}],"usage":{"prompt_tokens":0,"total_tokens":0,"completion_tokens":0,"prompt_tokens_details":null,"reasoning_tokens":0},"metadata":{"weight_version":"default"}})");
  const Answered partial = running.read();
  EXPECT_TRUE(
      without_times(partial.body)
          .ends_with(
              R"("choices":[{"index":0,"delta":{"reasoning_content":null},"logprobs":null,"finish_reason":"abort","matched_stop":null}]})"
              "\n\ndata: [DONE]\n\n"));
  EXPECT_EQ(server.post("/abort_request", R"({"rid":"unknown"})").status, 200);
}

TEST(Server, AClientThatLeavesAStreamIsNoticedTwoScaledSecondsLater) {
  StandinOptions options = slow_server();
  options.engine.speed = 20;
  const StandinServer server(options);
  Client client(server.port());
  client.send("POST", "/v1/chat/completions", endless("left"));
  ASSERT_TRUE(client.read_until("\"content\":\"Hello\""));
  client.close();
  const std::string books = server.books_with(R"("state":"abort")", "?rid=left");
  const auto number = [&](std::string_view key) { return std::stoll(books.substr(books.rfind(key) + key.size())); };
  EXPECT_GE(number("\"aborted_ms\":"), number("\"first_token_ms\":") + 100);
  EXPECT_LT(number("\"generated_tokens\":"), 3000);
}

TEST(Server, AClientThatLeavesWithoutHavingGotAnythingIsNoticedAtTheNextLook) {
  StandinOptions options = slow_server();
  options.engine.speed = 20;
  const StandinServer server(options);
  Client client(server.port());
  client.send("POST", "/v1/chat/completions", endless("left", false));
  server.books_with(R"("state":"running")", "?rid=left");
  client.close();
  const std::string books = server.books_with(R"("state":"abort")", "?rid=left");
  const auto number = [&](std::string_view key) { return std::stoll(books.substr(books.rfind(key) + key.size())); };
  EXPECT_GE(number("\"aborted_ms\":"), number("\"arrived_ms\":") + 199);  // every 4 s / 20, in whole milliseconds
  EXPECT_LT(number("\"generated_tokens\":"), 3000);
}

TEST(Server, AsAZombieItGeneratesOnForAClientThatLeft) {
  StandinOptions options = slow_server();
  options.engine.speed = 50;
  options.zombie = true;
  const StandinServer server(options);
  Client client(server.port());
  client.send("POST", "/v1/chat/completions", endless("left"));
  ASSERT_TRUE(client.read_until("\"content\":\"Hello\""));
  client.close();
  server.books_with(R"("state":"length","prompt_tokens":30,"generated_tokens":3000)", "?rid=left");
}

TEST(Server, AuthFollowsTheMatrix) {
  struct Row {
    std::string_view key, admin, bearer;
    int normal, admin_route;
  };
  for (const Row& row : {Row{"", "", "", 200, 200}, Row{"K", "", "", 401, 401}, Row{"K", "", "K", 200, 200},
                         Row{"", "A", "", 200, 401}, Row{"", "A", "A", 200, 200}, Row{"K", "A", "K", 200, 401},
                         Row{"K", "A", "A", 401, 200}, Row{"K", "A", "", 401, 401}}) {
    StandinOptions options = instant_engine();
    options.api_key = row.key;
    options.admin_api_key = row.admin;
    const StandinServer server(options);
    const std::string header = row.bearer.empty() ? "" : "authorization: bEarer " + std::string(row.bearer) + "\r\n";
    const std::string name = "key '" + std::string(row.key) + "' admin '" + std::string(row.admin) + "' bearer '" +
                             std::string(row.bearer) + "'";
    const Answered normal = server.get("/v1/models", header);
    EXPECT_EQ(normal.status, row.normal) << name;
    if (normal.status == 401) {
      EXPECT_EQ(normal.body, R"({"error":"Unauthorized"})");
    }
    EXPECT_EQ(server.post("/abort_request", R"({"rid":"x"})", header).status, row.admin_route) << name;
    EXPECT_EQ(server.get("/health").status, 200);
    EXPECT_EQ(server.get("/metrics").status, 200);
  }
}

TEST(Server, TheBatchCapIsLiveAndReadBackFromServerInfo) {
  StandinOptions options = instant_engine();
  options.admin_api_key = "SECRET-IN-CLEAR";
  const StandinServer server(options);
  const std::string_view auth = "authorization: Bearer SECRET-IN-CLEAR\r\n";
  const auto set = [&](std::string_view body) { return server.post("/set_internal_state", body, auth).body; };
  EXPECT_EQ(set(R"({"server_args":{"pp_max_micro_batch_size":8}})"), "[true]");
  EXPECT_EQ(set(R"({"server_args":{"pp_max_micro_batch_size":64}})"), "[false]");
  EXPECT_EQ(set(R"({"server_args":{"max_running_requests":4}})"), "[false]");
  const std::string info = server.get("/server_info").body;
  EXPECT_NE(info.find(R"("internal_states":[{"served_model_name":"qwen","pp_max_micro_batch_size":8,)"),
            std::string::npos);
  EXPECT_NE(info.find(R"("pp_max_micro_batch_size":null,"api_key":null,"admin_api_key":"SECRET-IN-CLEAR")"),
            std::string::npos);
}

TEST(Server, BreaksOffAStreamWhenOrderedTo) {
  const StandinServer server(instant_engine());
  const Answered cut = server.post("/v1/chat/completions", endless("a"), "x-standin: die_after_chunks=3\r\n");
  EXPECT_EQ(cut.status, 200);
  EXPECT_FALSE(cut.whole);
  EXPECT_EQ(occurrences(cut.body, "\"content\":\""), 4u);  // the role event and three more
  EXPECT_EQ(server.post("/v1/chat/completions", endless("b"), "x-standin: die_after_chunks=0\r\n").status, 0);
  EXPECT_EQ(server.post("/v1/chat/completions", endless("c", false), "x-standin: die_after_chunks=0\r\n").status, 0);
}

TEST(Server, MisbehavesByHeaderAndByStandingOrder) {
  const StandinServer server(instant_engine());
  const std::string chat = R"({"messages":[{"role":"user","content":"Hello"}]})";
  const auto with = [&](std::string_view order) {
    return server.post("/v1/chat/completions", chat, "x-standin: " + std::string(order) + "\r\n");
  };
  EXPECT_NE(with("wrong_usage=7").body.find(R"("completion_tokens":17)"), std::string::npos);
  EXPECT_NE(with("no_usage").body.find(R"("usage":null)"), std::string::npos);
  EXPECT_EQ(with("status=500").status, 500);
  EXPECT_EQ(with("queue_full").status, 503);
  const Answered refused = server.post(
      "/v1/chat/completions",
      R"({"rid":"r","model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true,"stream_options":{"include_usage":true}})",
      "x-standin: queue_full\r\n");
  EXPECT_TRUE(
      without_times(refused.body)
          .ends_with(
              R"(data: {"id":"r","object":"chat.completion.chunk","created":T,"model":"m","choices":[],"usage":{"prompt_tokens":0,"total_tokens":0,"completion_tokens":0,"prompt_tokens_details":null,"reasoning_tokens":0}})"
              "\n\ndata: [DONE]\n\n"))
      << refused.body;
  EXPECT_NE(with("tokens=5").body.find(R"("completion_tokens":5,)"), std::string::npos);
  EXPECT_NE(with("prompt_tokens=77").body.find(R"("prompt_tokens":77,)"), std::string::npos);
  EXPECT_FALSE(with("garbage").body.ends_with("}"));
  const Answered failed = server.post("/v1/chat/completions", endless("x"), "x-standin: error_mid_stream=2\r\n");
  EXPECT_NE(failed.body.find("\"code\": 500}}\n\ndata: [DONE]\n\n"), std::string::npos);

  EXPECT_EQ(server.post("/standin/behave", R"({"queue_full":true,"times":1})").body,
            R"({"queue_full":true,"times":1})");
  EXPECT_EQ(server.post("/v1/chat/completions", chat).status, 503);
  EXPECT_EQ(server.post("/v1/chat/completions", chat).status, 200);
  EXPECT_EQ(server.post("/standin/behave?status=418", "").status, 200);
  EXPECT_EQ(server.post("/v1/chat/completions", chat).status, 418);
  EXPECT_EQ(server.post("/standin/behave", "{}").body, "{}");
  EXPECT_EQ(server.post("/v1/chat/completions", chat).status, 200);
  EXPECT_EQ(server.post("/standin/behave", R"({"nonsense":1})").status, 400);
}

TEST(Server, AHangingRequestGetsNothingWhileOthersAreServed) {
  const StandinServer server(instant_engine());
  Client hanging(server.port());
  hanging.send("POST", "/v1/chat/completions", endless("x"), "x-standin: hang\r\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(server.post("/v1/chat/completions", endless("y", false)).status, 200);
  EXPECT_TRUE(hanging.still_silent());
}

TEST(Server, TheHeadOfAStreamComesWithItsFirstToken) {
  StandinOptions options = slow_server();
  options.engine.max_running_requests = 1;
  const StandinServer server(options);
  Client running(server.port()), waiting(server.port());
  running.send("POST", "/v1/chat/completions", endless("running"));
  ASSERT_TRUE(running.read_until("\"content\":\"Hello\""));
  waiting.send("POST", "/v1/chat/completions", endless("waiting"));
  server.books_with(R"("running":1,"waiting":1)");
  EXPECT_TRUE(waiting.still_silent());
  server.post("/abort_request", R"({"rid":"running"})");
  EXPECT_TRUE(waiting.read_until("\"content\":\"Hello\""));
}

// Many clients at once, whole and streaming, one and several copies: what they were told is what the books hold.
TEST(Server, ItsBooksAreTheSumOfTheUsagesItReported) {
  StandinOptions options = slow_server();
  options.engine.speed = 200;
  options.engine.max_total_num_tokens = 3'000;
  const StandinServer server(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    std::string body = R"({"messages":[{"role":"user","content":"질문 )" + std::to_string(i % 7) + R"(번"}])";
    if (i % 2 == 0) body += R"(,"stream":true,"stream_options":{"include_usage":true})";
    if (i % 5 == 0) body += R"(,"n":3)";
    clients.back()->send("POST", "/v1/chat/completions", body + "}");
  }
  std::int64_t prompt = 0, completion = 0;
  const auto last_number = [](const std::string& body, std::string_view key) {
    const std::size_t at = body.rfind(key);
    return at == std::string::npos ? -1'000'000 : std::stoll(body.substr(at + key.size()));
  };
  for (const auto& client : clients) {
    const Answered answer = client->read();
    ASSERT_EQ(answer.status, 200);
    prompt += last_number(answer.body, "\"prompt_tokens\":");
    completion += last_number(answer.body, "\"completion_tokens\":");
  }
  const std::string books = server.get("/standin/books?summary=1").body;
  EXPECT_NE(
      books.find("\"prompt_tokens\":" + std::to_string(prompt) + ",\"generated_tokens\":" + std::to_string(completion)),
      std::string::npos)
      << books << " expected " << prompt << " + " << completion;
}

TEST(Server, TheSamePromptGetsTheSameAnswerAtTemperatureZero) {
  const StandinServer server(instant_engine());
  const std::string chat = R"({"rid":"r","messages":[{"role":"user","content":"한국의 가을은 어때?"}],"temperature":)";
  const auto text = [&](std::string_view temperature) {
    const std::string body = server.post("/v1/chat/completions", chat + std::string(temperature) + "}").body;
    const std::size_t at = body.find("\"content\":");
    return body.substr(at, body.find("\"reasoning_content\"") - at);
  };
  EXPECT_EQ(text("0"), text("0"));
  EXPECT_NE(text("0.7"), text("0.7"));
}

TEST(Server, InstantAnswersHaveTheirFixedShapeAndAreInTheTotals) {
  StandinOptions options = instant_engine();
  options.instant = true;
  options.chunks = 12;
  const StandinServer server(options);
  const std::string chat = R"({"rid":"r","messages":[{"role":"user","content":"Hello"}])";
  const Answered whole = server.post("/v1/chat/completions", chat + "}");
  EXPECT_NE(whole.body.find(R"("usage":{"prompt_tokens":30,"total_tokens":42,"completion_tokens":12,)"),
            std::string::npos);
  const Answered stream =
      server.post("/v1/chat/completions", chat + R"(,"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_TRUE(stream.whole);
  EXPECT_EQ(stream.chunks, 13u);
  EXPECT_EQ(occurrences(stream.body, "\"content\":\"가나 \""), 12u);
  EXPECT_TRUE(stream.body.ends_with("data: [DONE]\n\n"));
  server.books_with(
      R"("totals":{"requests":2,"refused":0,"finished":2,"aborted":0,"prompt_tokens":60,"generated_tokens":24)");
}

TEST(Server, MetricsAreThereOnlyWhenEnabledAndCountWhatRan) {
  StandinOptions options = instant_engine();
  const StandinServer server(options);
  server.post("/v1/chat/completions", R"({"messages":[{"role":"user","content":"Hello"}]})");
  const Answered metrics = server.get("/metrics");
  EXPECT_NE(metrics.head.find("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(
      metrics.body.find(
          "sglang:generation_tokens_total{engine_type=\"unified\",is_streaming=\"false\",model_name=\"qwen\"} 10.0\n"),
      std::string::npos);
  EXPECT_NE(metrics.body.find("sglang:time_to_first_token_seconds_bucket{engine_type=\"unified\",is_streaming="
                              "\"false\",model_name=\"qwen\",le=\"+Inf\"} 1.0\n"),
            std::string::npos);
  options.enable_metrics = false;
  EXPECT_EQ(StandinServer(options).get("/metrics").status, 404);
}

}  // namespace
}  // namespace ktl::standin

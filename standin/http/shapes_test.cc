// The bytes on the wire against the published example exchanges: key order and text are literal, times and ids are
// free.
#include "standin/http/test_client.h"

namespace ktl::standin {
namespace {

constexpr std::string_view kRid = "0123456789abcdef0123456789abcdef";

StandinOptions example_server() {
  StandinOptions options;
  options.engine.speed = 0;
  options.engine.context_length = 4096;
  options.engine.max_total_num_tokens = 6000;
  return options;
}

std::string chat(std::string_view rest) {
  return R"({"model":"qwen","messages":[{"role":"user","content":"Hello"}],"rid":")" + std::string(kRid) + "\"" +
         std::string(rest) + "}";
}

std::string chunk(std::string_view inner, std::string_view tail = {}) {
  return R"(data: {"id":"0123456789abcdef0123456789abcdef","object":"chat.completion.chunk","created":T,"model":"qwen","choices":[)" +
         std::string(inner) + "]" + std::string(tail) + "}\n\n";
}

TEST(Shapes, ChatWhole) {
  const StandinServer server(example_server());
  const std::string before =
      R"({"id":"0123456789abcdef0123456789abcdef","object":"chat.completion","created":T,"model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"Hello! How can I assist you today?","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":151645}],"usage":{"prompt_tokens":30,"total_tokens":40,"completion_tokens":10,"prompt_tokens_details":)";
  const std::string after = R"(,"reasoning_tokens":0},"metadata":{"weight_version":"default"}})";
  const Answered cold = server.post("/v1/chat/completions", chat(R"(,"max_tokens":16,"temperature":0)"));
  EXPECT_EQ(without_times(cold.body), before + "null" + after);
  EXPECT_EQ(cold.head, "HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-type: application/json\r\ncontent-length: " +
                           std::to_string(cold.body.size()) + "\r\n\r\n");
  const Answered warm = server.post("/v1/chat/completions", chat(R"(,"max_tokens":16,"temperature":0)"));
  EXPECT_EQ(without_times(warm.body), before + R"({"cached_tokens":29})" + after);
}

TEST(Shapes, ChatStreamWithUsage) {
  const StandinServer server(example_server());
  const Answered answer = server.post("/v1/chat/completions",
                                      chat(R"(,"max_tokens":3,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_NE(answer.head.find("content-type: text/event-stream; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(answer.head.find("transfer-encoding: chunked\r\n"), std::string::npos);
  const auto content = [](std::string_view text) {
    return chunk(R"({"index":0,"delta":{"reasoning_content":null,"content":")" + std::string(text) +
                 R"("},"logprobs":null,"finish_reason":null,"matched_stop":null})");
  };
  EXPECT_EQ(
      without_times(answer.body),
      chunk(
          R"({"index":0,"delta":{"reasoning_content":null,"role":"assistant","content":""},"logprobs":null,"finish_reason":null,"matched_stop":null})") +
          content("Hello") + content("!") + content(" How") +
          chunk(
              R"({"index":0,"delta":{"reasoning_content":null},"logprobs":null,"finish_reason":"length","matched_stop":null})") +
          chunk(
              "",
              R"(,"usage":{"prompt_tokens":30,"total_tokens":33,"completion_tokens":3,"prompt_tokens_details":null,"reasoning_tokens":0})") +
          "data: [DONE]\n\n");
  EXPECT_TRUE(answer.whole);
  const Answered merged =
      server.post("/v1/chat/completions", chat(R"(,"max_tokens":3,"stream":true)"), "x-standin: merge=2\r\n");
  EXPECT_NE(merged.body.find(R"("content":"Hello!")"), std::string::npos);
  EXPECT_EQ(merged.body.find("usage"), std::string::npos);
}

TEST(Shapes, ChatStreamWithContinuousUsage) {
  const StandinServer server(example_server());
  const Answered answer = server.post(
      "/v1/chat/completions",
      chat(R"(,"max_tokens":2,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true})"));
  EXPECT_NE(
      without_times(answer.body)
          .find(chunk(
              R"({"index":0,"delta":{"reasoning_content":null,"content":"Hello"},"logprobs":null,"finish_reason":null,"matched_stop":null})",
              R"(,"usage":{"prompt_tokens":30,"total_tokens":31,"completion_tokens":1,"prompt_tokens_details":null,"reasoning_tokens":0})")),
      std::string::npos);
  EXPECT_EQ(occurrences(answer.body, "\"usage\""), 3u);  // two content events and the usage event
}

TEST(Shapes, ToolCallWholeAndAsStream) {
  const StandinServer server(example_server());
  const std::string body =
      R"({"model":"qwen","messages":[{"role":"user","content":"Weather in Oslo?"}],"tools":[{"type":"function","function":{"name":"get_weather","description":"Get weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}])";
  const std::string whole = server.post("/v1/chat/completions", body + "}").body;
  EXPECT_NE(
      whole.find(R"("message":{"role":"assistant","content":"","reasoning_content":null,"tool_calls":[{"id":"call_)"),
      std::string::npos);
  EXPECT_NE(
      whole.find(
          R"(","index":0,"type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Oslo\"}"}}]},"logprobs":null,"finish_reason":"tool_calls","matched_stop":null}])"),
      std::string::npos);
  const std::string stream = server.post("/v1/chat/completions", body + R"(,"stream":true})").body;
  EXPECT_NE(
      stream.find(
          R"(,"index":0,"type":"function","function":{"name":"get_weather","arguments":""}}]},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null})"),
      std::string::npos);
  EXPECT_NE(
      stream.find(
          R"("delta":{"role":null,"content":null,"reasoning_content":null,"tool_calls":[{"id":null,"index":0,"type":"function","function":{"name":null,"arguments":"{\"city\": \"Oslo\"}"}}]},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null})"),
      std::string::npos);
  EXPECT_NE(
      stream.find(
          R"([{"index":0,"delta":{"reasoning_content":null},"logprobs":null,"finish_reason":"tool_calls","matched_stop":151645}]})"),
      std::string::npos);
}

TEST(Shapes, CompletionWholeAndAsStream) {
  const StandinServer server(example_server());
  EXPECT_EQ(
      without_times(server.post("/v1/completions", R"({"model":"qwen","prompt":"1 2 3","rid":"r1"})").body),
      R"({"id":"r1","object":"text_completion","created":T,"model":"qwen","choices":[{"index":0,"text":" 4 5 6 7 8 9 10 ","logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":{"prompt_tokens":5,"total_tokens":21,"completion_tokens":16,"prompt_tokens_details":null,"reasoning_tokens":0},"metadata":{"weight_version":"default"}})");
  const StandinServer fresh(example_server());
  const std::string envelope = R"(data: {"id":"r1","object":"text_completion","created":T,"model":"qwen","choices":[)";
  EXPECT_EQ(
      without_times(
          fresh
              .post(
                  "/v1/completions",
                  R"({"model":"qwen","prompt":"1 2 3","rid":"r1","max_tokens":4,"stream":true,"stream_options":{"include_usage":true}})",
                  "x-standin: merge=2\r\n")
              .body),
      envelope + R"({"index":0,"text":" 4","logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null})" +
          "\n\n" + envelope +
          R"({"index":0,"text":" 5","logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":null})" +
          "\n\n" + envelope +
          R"(],"usage":{"prompt_tokens":5,"total_tokens":9,"completion_tokens":4,"reasoning_tokens":0}})" +
          "\n\ndata: [DONE]\n\n");
}

TEST(Shapes, ErrorsBeforeAnythingRan) {
  const StandinServer server(example_server());
  const auto expect = [&](std::string_view request, int status, const std::string& body) {
    for (const std::string_view stream : {"", R"(,"stream":true)"}) {
      const Answered answer = server.post("/v1/chat/completions", std::string(request) + std::string(stream) + "}");
      EXPECT_EQ(answer.status, status) << request;
      EXPECT_EQ(answer.body, body);
    }
  };
  const auto flat = [](std::string_view message) {
    return R"({"object":"error","message":")" + std::string(message) +
           R"(","type":"BadRequestError","param":null,"code":400})";
  };
  expect(R"({"messages":[])", 400, flat("Messages cannot be empty."));
  expect(R"({"model":"qwen2.5:7b","messages":[{"role":"user","content":"Hello"}])", 400,
         flat("LoRA adapter '7b' was requested, but LoRA is not enabled. Please launch the server with --enable-lora "
              "flag and "
              "preload adapters using --lora-paths or /load_lora_adapter endpoint."));
  expect(
      R"({"messages":[{"role":"user","content":"Hello"}],"max_tokens":4090)", 400,
      flat("Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of "
           "4120 tokens: 30 tokens from the input messages and 4090 tokens for the completion. Please reduce the "
           "number of "
           "tokens in the input messages or the completion to fit within the limit."));
  expect(R"({"messages":[{"role":"user","content":")" + std::string(4971, '1') + "\"}]", 400,
         flat("The input (5000 tokens) is longer than the model's context length (4096 tokens)."));
  for (const std::string_view broken : {"{\"mes", "[]", R"({"model":"qwen"})", R"({"messages":"x"})",
                                        R"({"messages":[{"role":"user","content":"x"}],"max_tokens":"y"})"}) {
    const Answered answer = server.post("/v1/chat/completions", broken);
    EXPECT_EQ(answer.status, 400) << broken;
    EXPECT_TRUE(answer.body.starts_with(R"({"object":"error","message":"1 validation error)")) << answer.body;
    EXPECT_TRUE(answer.body.ends_with(R"(,"type":"Bad Request","param":null,"code":400})")) << answer.body;
  }
}

TEST(Shapes, APromptThatOnlyTheSchedulerRefusesIsInBandForStreams) {
  const StandinServer server(example_server());
  const std::string body = R"({"prompt":")" + std::string(4092, '1') + R"(","max_tokens":1)";
  const std::string_view message =
      "Input length (4092 tokens) exceeds the maximum allowed length (4090 tokens). Use a shorter input or enable "
      "--allow-auto-truncate.";
  const Answered whole = server.post("/v1/completions", body + "}");
  EXPECT_EQ(whole.status, 400);
  EXPECT_EQ(whole.body, R"({"object":"error","message":")" + std::string(message) +
                            R"(","type":"BadRequestError","param":null,"code":400})");
  const Answered stream = server.post("/v1/completions", body + R"(,"stream":true})");
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.body, R"(data: {"error": {"object": "error", "message": ")" + std::string(message) +
                             "\", \"type\": \"BAD_REQUEST\", \"param\": null, \"code\": 400}}\n\ndata: [DONE]\n\n");
}

TEST(Shapes, ModelsAndModelInfo) {
  const StandinServer server(example_server());
  EXPECT_EQ(
      without_times(server.get("/v1/models").body),
      R"({"object":"list","data":[{"id":"qwen","object":"model","created":T,"owned_by":"sglang","root":"qwen","parent":null,"max_model_len":4096}]})");
  const Answered unknown = server.get("/v1/models/nope");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(
      unknown.body,
      R"({"error":{"message":"The model 'nope' does not exist","type":"invalid_request_error","param":"model","code":"model_not_found"}})");
  EXPECT_TRUE(server.get("/get_model_info")
                  .body.starts_with(
                      R"({"model_path":"Qwen/Qwen2.5-1.5B-Instruct","served_model_name":"qwen","tokenizer_path":)"));
  EXPECT_EQ(server.get("/nowhere").body, R"({"detail":"Not Found"})");
  EXPECT_EQ(server.get("/v1/chat/completions").status, 405);
}

TEST(Shapes, LoadsWhileIdle) {
  const StandinServer server(example_server());
  EXPECT_EQ(
      without_times(server.get("/v1/loads?include=core,queues").body),
      R"({"timestamp":T,"version":"0.5.18","accelerator":"NVIDIA GeForce RTX 4060","num_accelerators":1,"loads":[{"timestamp":T,"dp_rank":0,"num_running_reqs":0,"num_waiting_reqs":0,"num_waiting_uncached_tokens":0,"num_used_tokens":0,"num_total_tokens":0,"num_active_tokens":0,"max_total_num_tokens":6000,"max_running_requests":16,"token_usage":0.0,"gen_throughput":0.0,"cache_hit_rate":0.0,"utilization":0.0,"total_prefill_uncached_tokens":0,"total_prefill_busy_us":0,"decode_moments":null,"queues":{"waiting":0,"grammar":0,"paused":0,"retracted":0,"prealloc_ready":0}}]})");
  EXPECT_TRUE(server.get("/v1/loads?dp_rank=7").body.ends_with(R"("loads":[]})"));
}

TEST(Shapes, TokenizeAndDetokenize) {
  const StandinServer server(example_server());
  EXPECT_EQ(
      server.post("/v1/tokenize", R"({"model":"qwen","messages":[{"role":"user","content":"Hello"}]})").body,
      R"({"tokens":[151644,8948,198,2610,525,1207,16948,11,3465,553,54364,14817,13,1446,525,264,10950,17847,13,151645,198,151644,872,198,9707,151645,198,151644,77091,198],"count":30,"max_model_len":131072})");
  EXPECT_EQ(server.post("/tokenize", R"({"prompt":["Hello","hello world"]})").body,
            R"({"tokens":[[9707],[14990,1879]],"count":[1,2],"max_model_len":131072})");
  EXPECT_EQ(server.post("/v1/detokenize", R"({"tokens":[14990,1879]})").body, R"({"text":"hello world"})");
  EXPECT_EQ(server.post("/v1/messages/count_tokens", R"({"messages":[{"role":"user","content":"Hello"}]})").body,
            R"({"input_tokens":30})");
}

TEST(Shapes, NativeGenerate) {
  const StandinServer server(example_server());
  const std::string request =
      R"({"text":"1 2 3","sampling_params":{"max_new_tokens":4,"temperature":0},"rid":"gen-0001"})";
  server.post("/generate", request);
  EXPECT_TRUE(
      server.post("/generate", request)
          .body.starts_with(
              R"({"text":" 4 5","output_ids":[220,19,220,20],"meta_info":{"id":"gen-0001","finish_reason":{"type":"length","length":4},"prompt_tokens":5,"weight_version":"default","num_retractions":0,"queue_time":0.0,"reasoning_tokens":0,"completion_tokens":4,"cached_tokens":4,"e2e_latency":)"));
  EXPECT_EQ(server.post("/generate", "{}").body,
            R"({"error":{"message":"Either text, input_ids or input_embeds should be provided."}})");
}

TEST(Shapes, EmbeddingsAndRerank) {
  const StandinServer generating(example_server());
  const Answered refused = generating.post("/v1/embeddings", R"({"model":"qwen","input":"hi"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(
      refused.body,
      R"({"object":"error","message":"This model does not appear to be an embedding model by default. Please add `--is-embedding` when launching the server or try another model.","type":"BadRequestError","param":null,"code":400})");
  StandinOptions options = example_server();
  options.embedding = true;
  options.model_path = "BAAI/bge-m3";
  const StandinServer embedding(options);
  const std::string body = embedding.post("/v1/embeddings", R"({"model":"m","input":"안녕하세요"})").body;
  EXPECT_TRUE(body.starts_with(R"({"data":[{"embedding":[)")) << body;
  EXPECT_TRUE(body.ends_with(
      R"(],"index":0,"object":"embedding"}],"model":"BAAI/bge-m3","object":"list","usage":{"prompt_tokens":4,"total_tokens":4,"completion_tokens":0,"prompt_tokens_details":null,"reasoning_tokens":0}})"))
      << body;
  const std::string ranked = embedding.post("/v1/rerank", R"({"query":"q","documents":["a","b"],"top_n":1})").body;
  EXPECT_TRUE(ranked.starts_with(R"([{"score":)") && ranked.ends_with("\"prompt_tokens\":7}}]")) << ranked;
  EXPECT_EQ(occurrences(ranked, "\"document\""), 1u);
}

TEST(Shapes, TheOldVersionSendsFullChunksAndErrorsInsideStreams) {
  StandinOptions options = example_server();
  options.shape_0_5_9 = true;
  const StandinServer server(options);
  const Answered answer = server.post("/v1/chat/completions", chat(R"(,"max_tokens":1,"stream":true)"));
  EXPECT_NE(
      answer.body.find(
          R"("delta":{"role":null,"content":"Hello","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null})"),
      std::string::npos);
  const Answered error = server.post("/v1/chat/completions", chat(R"(,"max_tokens":4090,"stream":true)"));
  EXPECT_EQ(error.status, 200);
  EXPECT_TRUE(error.body.starts_with("data: {\"error\": {\"object\": \"error\""));
}

TEST(Shapes, ServerInfoTellsTheVersionOfTheShape) {
  StandinOptions options = example_server();
  EXPECT_TRUE(StandinServer(options).get("/server_info").body.ends_with(R"(}],"version":"0.5.18","kv_events":null})"));
  options.shape_0_5_9 = true;
  EXPECT_TRUE(StandinServer(options).get("/server_info").body.ends_with(R"(}],"version":"0.5.9","kv_events":null})"));
}

TEST(Shapes, ResponsesAndMessagesStreamTheirEvents) {
  const StandinServer server(example_server());
  const auto events = [](const std::string& body) {
    std::string names;
    for (std::size_t at = 0; (at = body.find("event: ", at)) != std::string::npos;) {
      at += 7;
      names += body.substr(at, body.find('\n', at) - at) + " ";
    }
    return names;
  };
  const std::string responses =
      server.post("/v1/responses", R"({"model":"qwen","input":"Hello","stream":true})", "x-standin: merge=100\r\n")
          .body;
  EXPECT_EQ(events(responses),
            "response.created response.in_progress response.output_item.added response.content_part.added "
            "response.output_text.delta response.output_text.done response.content_part.done response.output_item.done "
            "response.completed ");
  EXPECT_NE(
      responses.find(
          R"("usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":40})"),
      std::string::npos);
  const std::string messages =
      server
          .post("/v1/messages",
                R"({"model":"qwen","max_tokens":50,"messages":[{"role":"user","content":"Hello"}],"stream":true})",
                "x-standin: merge=100\r\n")
          .body;
  EXPECT_EQ(events(messages),
            "message_start content_block_start content_block_delta content_block_stop message_delta message_stop ");
  EXPECT_NE(
      messages.find(
          R"("delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":30,"output_tokens":10)"),
      std::string::npos);
}

}  // namespace
}  // namespace ktl::standin

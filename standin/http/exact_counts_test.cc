// With a vocabulary every front end reports what that vocabulary counts.
#include "standin/engine/small_vocabulary.h"
#include "standin/http/test_client.h"

namespace ktl::standin {
namespace {

StandinOptions with_vocabulary() {
  StandinOptions options;
  options.engine.speed = 0;
  options.tokenizer = small_tokenizer();
  return options;
}

// The figure behind `key`, its first time.
std::int64_t figure(const std::string& body, std::string_view key) {
  const std::size_t at = body.find(key);
  EXPECT_NE(at, std::string::npos) << key << " in " << body;
  return at == std::string::npos ? -1 : std::stoll(body.substr(at + key.size()));
}
constexpr std::string_view kPromptTokens = R"("prompt_tokens":)";

constexpr std::string_view kChat =
    R"({"model":"q","max_tokens":2,"messages":[{"role":"system","content":"abcd 한"},{"role":"user","content":"ab<|im_end|>ab"}])";

TEST(ExactCounts, AChatCostsItsRenderedText) {
  const std::int64_t expected = small_tokenizer()->count(
      "<|im_start|>system\nabcd 한<|im_end|>\n<|im_start|>user\nab<|im_end|>ab<|im_end|>\n<|im_start|>assistant\n");
  const StandinServer server(with_vocabulary());
  const std::string body = std::string(kChat) + "}";
  EXPECT_EQ(figure(server.post("/v1/chat/completions", body).body, kPromptTokens), expected);
  EXPECT_EQ(figure(server.post("/v1/tokenize", body).body, R"("count":)"), expected);
  const std::string stream =
      server
          .post("/v1/chat/completions",
                std::string(kChat) + R"(,"stream":true,"stream_options":{"include_usage":true}})")
          .body;
  EXPECT_EQ(figure(stream, kPromptTokens), expected);
  EXPECT_EQ(figure(stream, R"("completion_tokens":)"), 2);
  const std::string message =
      R"({"model":"q","max_tokens":2,"system":"abcd 한","messages":[{"role":"user","content":"ab<|im_end|>ab"}]})";
  EXPECT_EQ(figure(server.post("/v1/messages", message).body, R"("input_tokens":)"), expected);
  EXPECT_EQ(figure(server.post("/v1/messages/count_tokens", message).body, R"("input_tokens":)"), expected);
  const std::string response =
      R"({"model":"q","max_output_tokens":2,"instructions":"abcd 한","input":"ab<|im_end|>ab"})";
  EXPECT_EQ(figure(server.post("/v1/responses", response).body, R"("input_tokens":)"), expected);
  server.books_with("\"prompt_tokens\":" + std::to_string(expected));
}

TEST(ExactCounts, CompletionsCostTheirTextAndABatchTheSum) {
  const StandinServer server(with_vocabulary());
  const auto cost = [&](std::string_view prompt) {
    return figure(server.post("/v1/completions", R"({"max_tokens":1,"prompt":)" + std::string(prompt) + "}").body,
                  kPromptTokens);
  };
  EXPECT_EQ(cost(R"("abcd ab")"), 2);
  EXPECT_EQ(cost(R"(["abcd ab","한"])"), 3);
  EXPECT_EQ(cost("[5,6,7,8]"), 4);
  EXPECT_EQ(cost("[[5,6],[7,8,9]]"), 5);
  EXPECT_EQ(server.post("/v1/tokenize", R"({"prompt":"abcd ab"})").body,
            R"({"tokens":[258,260],"count":2,"max_model_len":131072})");
  EXPECT_EQ(server.post("/v1/detokenize", R"({"tokens":[258,260,263]})").body, R"({"text":"abcd ab한"})");
  EXPECT_EQ(figure(server.post("/generate", R"({"text":"abcd ab","sampling_params":{"max_new_tokens":1}})").body,
                   kPromptTokens),
            2);
}

TEST(ExactCounts, EmbeddingsRerankAndScoreAddUp) {
  StandinOptions options = with_vocabulary();
  options.embedding = true;
  const StandinServer server(options);
  EXPECT_EQ(figure(server.post("/v1/embeddings", R"({"input":["abcd ab","한"]})").body, kPromptTokens), 3);
  EXPECT_EQ(figure(server.post("/v1/rerank", R"({"query":"한","documents":["abcd ab"]})").body, kPromptTokens), 3);
  const std::string score = R"({"label_token_ids":[1],"model":"q","query":"ab","items":)";
  EXPECT_EQ(figure(server.post("/v1/score", score + R"(["cd","x"]})").body, kPromptTokens), 1 + 2);  // abcd, ab x
  EXPECT_EQ(figure(server.post("/v1/score", score + R"(["cd"],"item_first":true})").body, kPromptTokens), 2);
  EXPECT_EQ(figure(server.post("/v1/score", score + R"([[1,2,3]]})").body, kPromptTokens), 1 + 3);
}

TEST(ExactCounts, InstantAnswersCountTheSame) {
  StandinOptions options = with_vocabulary();
  options.instant = true;
  const StandinServer server(options);
  const std::string body = std::string(kChat) + "}";
  EXPECT_EQ(figure(server.post("/v1/chat/completions", body).body, kPromptTokens),
            figure(server.post("/v1/tokenize", body).body, R"("count":)"));
  EXPECT_EQ(figure(server.post("/v1/completions", R"({"prompt":["abcd ab",""]})").body, kPromptTokens), 2);
}

}  // namespace
}  // namespace ktl::standin

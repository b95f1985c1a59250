#include "protocol/response_body.h"

#include <gtest/gtest.h>

#include <string>

namespace ktl::protocol {
namespace {

const std::string kChat =
    R"({"id":"0123","object":"chat.completion","created":1790000000,"model":"qwen",)"
    R"("choices":[{"index":0,"message":{"role":"assistant","content":"\"model\":\"x\"","tool_calls":null},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":30,"total_tokens":40,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":29},"reasoning_tokens":0},)"
    R"("metadata":{"weight_version":"default"}})";

TEST(ResponseFacts, AChatTellsUsageAndReason) {
  const ResponseFacts facts = inspect_response(Endpoint::chat_completions, kChat);
  EXPECT_TRUE(facts.is_json);
  EXPECT_EQ(facts.usage, (TokenUsage{.prompt = 30, .completion = 10, .cached = 29}));
  EXPECT_EQ(facts.finish_reason, "stop");
  EXPECT_FALSE(facts.error);
}

TEST(ResponseFacts, ResponsesAndMessagesUseTheirOwnNames) {
  EXPECT_EQ(
      inspect_response(Endpoint::responses, R"({"id":"resp_1","usage":{"input_tokens":3,"output_tokens":4}})").usage,
      (TokenUsage{.prompt = 3, .completion = 4}));
  EXPECT_EQ(inspect_response(Endpoint::messages_count_tokens, R"({"input_tokens":12})").usage,
            (TokenUsage{.prompt = 12}));
}

TEST(ResponseFacts, ARankingSumsWhatItsEntriesTell) {
  const auto facts = inspect_response(
      Endpoint::rerank, R"([{"score":0.9,"meta_info":{"prompt_tokens":7}},{"meta_info":{"prompt_tokens":8}}])");
  EXPECT_TRUE(facts.is_json);
  EXPECT_EQ(facts.usage, (TokenUsage{.prompt = 15}));
}

TEST(ResponseFacts, AnErrorInsideA200IsFound) {
  const auto facts =
      inspect_response(Endpoint::chat_completions, R"({"object":"error","message":"x","type":"503","code":503})");
  ASSERT_TRUE(facts.error);
  EXPECT_EQ(facts.error->status, 503);
}

TEST(ResponseFacts, BrokenBodiesHaveNone) {
  for (const std::string& body : {kChat.substr(0, 200), kChat + "x", std::string("<html>"), std::string()}) {
    const auto facts = inspect_response(Endpoint::chat_completions, body);
    EXPECT_FALSE(facts.is_json);
    EXPECT_FALSE(facts.usage);
    EXPECT_TRUE(facts.model.empty());
  }
}

TEST(RewriteResponse, ChangesModelAndIdAndNothingElse) {
  std::string expected = kChat;
  expected.replace(expected.find("\"0123\""), 6, "\"chatcmpl-0123\"");
  expected.replace(expected.find("\"qwen\""), 6, "\"한국어\"");
  std::string out;
  rewrite_response(kChat, inspect_response(Endpoint::chat_completions, kChat), "한국어", "chatcmpl-", out);
  EXPECT_EQ(out, expected);
}

TEST(RewriteResponse, BrokenBodiesPassUnchanged) {
  std::string out;
  rewrite_response("{broken", inspect_response(Endpoint::chat_completions, "{broken"), "m", "p-", out);
  EXPECT_EQ(out, "{broken");
}

}  // namespace
}  // namespace ktl::protocol

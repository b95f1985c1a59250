#include "protocol/stream_event.h"

#include <gtest/gtest.h>

#include <string>

namespace ktl::protocol {
namespace {

// One event and its facts, with the text they point into.
struct Looked {
  explicit Looked(std::string json, Endpoint where = Endpoint::chat_completions)
      : raw("data: " + std::move(json) + "\n\n"), event(*splitter.finish(raw)), facts(inspect_event(where, event)) {}
  std::string rewritten(const RewriteOptions& options) const {
    std::string out;
    rewrite_event(event, facts, options, out);
    return out;
  }
  std::string raw;
  EventSplitter splitter;
  SseEvent event;
  StreamEvent facts;
};

const std::string kHead = R"({"id":"9f1c","object":"chat.completion.chunk","created":1790000000,"model":"qwen",)";
const std::string kTail = R"("logprobs":null,"finish_reason":null,"matched_stop":null}])";
const std::string kContent =
    kHead + R"("choices":[{"index":0,"delta":{"reasoning_content":null,"content":"안녕"},)" + kTail;
const std::string kUsage = R"("usage":{"prompt_tokens":30,"total_tokens":35,"completion_tokens":5,)"
                           R"("prompt_tokens_details":{"cached_tokens":29},"reasoning_tokens":2})";
const TokenUsage kCounted{.prompt = 30, .completion = 5, .cached = 29, .reasoning = 2};

TEST(StreamEventFacts, DoneIsDone) {
  EXPECT_TRUE(Looked("[DONE]").facts.is_done);
}

TEST(StreamEventFacts, TheRoleChunkCarriesNoContent) {
  const Looked seen(kHead +
                    R"("choices":[{"index":0,"delta":{"reasoning_content":null,"role":"assistant","content":""},)" +
                    kTail + "}");
  EXPECT_TRUE(seen.facts.has_choices);
  EXPECT_FALSE(seen.facts.has_content);
  EXPECT_FALSE(seen.facts.usage);
}

TEST(StreamEventFacts, AContentChunkTellsItsText) {
  const Looked seen(kContent + "}");
  EXPECT_TRUE(seen.facts.has_content);
  EXPECT_EQ(seen.facts.content, "안녕");
  EXPECT_EQ(seen.facts.model.of(seen.event.data), "\"qwen\"");
  EXPECT_EQ(seen.facts.id.of(seen.event.data), "\"9f1c\"");
  EXPECT_TRUE(seen.facts.usage_member.empty());
}

TEST(StreamEventFacts, ReasoningAndToolCallsAreContentToo) {
  EXPECT_TRUE(Looked(kHead + R"("choices":[{"delta":{"reasoning_content":"음"}}]})").facts.has_content);
  EXPECT_TRUE(Looked(kHead + R"("choices":[{"delta":{"reasoning":"음"}}]})").facts.has_content);
  EXPECT_TRUE(Looked(kHead + R"("choices":[{"delta":{"content":null,"tool_calls":[{"index":0}]}}],"usage":null})")
                  .facts.has_content);
  EXPECT_FALSE(
      Looked(kHead + R"("choices":[{"delta":{"content":null,"tool_calls":null}}],"usage":null})").facts.has_content);
}

TEST(StreamEventFacts, TheFinishChunkTellsTheReason) {
  const Looked seen(kHead + R"("choices":[{"index":0,"delta":{"reasoning_content":null},"finish_reason":"length"}]})");
  EXPECT_EQ(seen.facts.finish_reason, "length");
  EXPECT_FALSE(seen.facts.has_content);
}

TEST(StreamEventFacts, TheUsageChunkIsKnown) {
  const Looked seen(kHead + "\"choices\":[]," + kUsage + "}");
  EXPECT_TRUE(seen.facts.usage_only);
  EXPECT_EQ(seen.facts.usage, kCounted);
  EXPECT_FALSE(seen.facts.has_choices);
}

TEST(StreamEventFacts, ContinuousUsageIsNotUsageOnly) {
  const Looked seen(kContent + "," + kUsage + "}");
  EXPECT_FALSE(seen.facts.usage_only);
  EXPECT_EQ(seen.facts.usage, kCounted);
}

TEST(StreamEventFacts, VllmsUsageDetailsAreRead) {
  const Looked seen(
      R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}})");
  EXPECT_EQ(seen.facts.usage, (TokenUsage{.prompt = 3, .completion = 4, .reasoning = 2}));
}

TEST(StreamEventFacts, CompletionsTellTextAndFinishTogether) {
  const Looked seen(R"({"id":"5b","choices":[{"index":0,"text":" 5","finish_reason":"length"}],"usage":null})",
                    Endpoint::completions);
  EXPECT_EQ(seen.facts.content, " 5");
  EXPECT_EQ(seen.facts.finish_reason, "length");
  EXPECT_FALSE(seen.facts.usage);
  EXPECT_FALSE(seen.facts.usage_member.empty());
}

TEST(StreamEventFacts, UsageInsideTextOrDeeperIsNone) {
  EXPECT_FALSE(Looked(R"({"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":9}"}}]})").facts.usage);
  const Looked deeper(R"({"x":{"usage":{"prompt_tokens":9}},"choices":[{"usage":{"prompt_tokens":9}}]})");
  EXPECT_FALSE(deeper.facts.usage);
  EXPECT_TRUE(deeper.facts.usage_member.empty());
}

TEST(StreamEventFacts, ErrorsOfBothShapesAreRead) {
  const Looked wrapped(
      R"({"error": {"object": "error", "message": "The request queue is full.", "type": "SERVICE_UNAVAILABLE", "param": null, "code": 503}})");
  ASSERT_TRUE(wrapped.facts.error);
  EXPECT_EQ(wrapped.facts.error->status, 503);
  EXPECT_EQ(wrapped.facts.error->message, "The request queue is full.");
  const Looked flat(R"({"object":"error","message":"no","type":"BadRequestError","param":null,"code":400})");
  ASSERT_TRUE(flat.facts.error);
  EXPECT_EQ(flat.facts.error->status, 400);
}

TEST(StreamEventFacts, AnErrorThatIsNullIsNone) {
  EXPECT_FALSE(Looked(R"({"error":null,"choices":[{"delta":{"content":"a"}}]})").facts.error);
}

TEST(StreamEventFacts, WhatIsNotJsonHasNoFacts) {
  for (const char* data : {"{broken", "7", "[1]", "", R"({"choices":[{"delta":{"content":"a"}}]}})"}) {
    const Looked seen(data);
    EXPECT_FALSE(seen.facts.has_content || seen.facts.usage || seen.facts.error || seen.facts.is_done) << data;
    EXPECT_EQ(seen.rewritten({.model = "m", .strip_usage = true}), seen.raw);
  }
}

TEST(StreamEventFacts, ResponsesEventsAreRead) {
  const auto look = [](const char* data) { return Looked(data, Endpoint::responses); };
  EXPECT_TRUE(look(R"({"type":"response.output_text.delta","delta":"가"})").facts.has_content);
  const Looked created = look(R"({"type":"response.created","response":{"id":"resp_1","model":"m","usage":null}})");
  EXPECT_FALSE(created.facts.is_done);
  EXPECT_EQ(created.facts.model.of(created.event.data), "\"m\"");
  const Looked done = look(
      R"({"type":"response.completed","response":{"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":4}}})");
  EXPECT_TRUE(done.facts.is_done);
  EXPECT_EQ(done.facts.usage, (TokenUsage{.prompt = 3, .completion = 4, .cached = 1}));
  const Looked failed =
      look(R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"x"}}})");
  ASSERT_TRUE(failed.facts.error);
  EXPECT_EQ(failed.facts.error->message, "x");
}

TEST(StreamEventFacts, AnthropicEventsAreRead) {
  const auto look = [](const char* data) { return Looked(data, Endpoint::messages); };
  TokenUsage total;
  merge_usage(
      total,
      *look(
           R"({"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":3,"output_tokens":0}}})")
           .facts.usage);
  merge_usage(
      total,
      *look(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}})").facts.usage);
  EXPECT_EQ(total, (TokenUsage{.prompt = 3, .completion = 4}));
  EXPECT_TRUE(look(R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"가"}})").facts.has_content);
  EXPECT_TRUE(look(R"({"type":"message_stop"})").facts.is_done);
  EXPECT_EQ(look(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})").facts.error->status, 503);
}

TEST(RewriteEvent, PutsTheAliasAndThePrefixIn) {
  const Looked seen(kContent + "}");
  EXPECT_EQ(
      seen.rewritten({.model = "한국어\"큐\"", .id_prefix = "chatcmpl-"}),
      R"(data: {"id":"chatcmpl-9f1c","object":"chat.completion.chunk","created":1790000000,"model":"한국어\"큐\"",)" +
          kContent.substr(kHead.size()) + "}\n\n");
}

TEST(RewriteEvent, DoesNotPrefixTwice) {
  const Looked seen(R"({"id":"chatcmpl-1","choices":[]})");
  EXPECT_EQ(seen.rewritten({.id_prefix = "chatcmpl-"}), seen.raw);
}

TEST(RewriteEvent, StripsUsageWhereverItStands) {
  const auto stripped = [](const char* data) { return Looked(data).rewritten({.strip_usage = true}); };
  EXPECT_EQ(stripped(R"({"a":1,"usage":{"prompt_tokens":1}})"), "data: {\"a\":1}\n\n");
  EXPECT_EQ(stripped(R"({"a":1 , "usage" : null , "b":2})"), "data: {\"a\":1 , \"b\":2}\n\n");
  EXPECT_EQ(stripped(R"({"usage":null, "b":2})"), "data: {\"b\":2}\n\n");
  EXPECT_EQ(stripped(R"({"usage":null})"), "data: {}\n\n");
}

TEST(RewriteEvent, WithoutAWishNothingChanges) {
  const Looked seen(kContent + "," + kUsage + "}");
  EXPECT_EQ(seen.rewritten({}), seen.raw);
}

TEST(RewriteEvent, RewritesDataOfSeveralLines) {
  const std::string raw = "event: e\ndata: {\"id\":\"1\",\ndata: \"model\":\"m\",\"choices\":[]}\n\n";
  EventSplitter splitter;
  const SseEvent event = *splitter.finish(raw);
  std::string out;
  rewrite_event(event, inspect_event(Endpoint::chat_completions, event), {.model = "alias"}, out);
  EXPECT_EQ(out, "event: e\ndata: {\"id\":\"1\",\ndata: \"model\":\"alias\",\"choices\":[]}\n\n");
}

}  // namespace
}  // namespace ktl::protocol

#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ktl::protocol {
namespace {

using enum Language;

TEST(RateLimited, KeepsOpenAisOrderOfFacts) {
  const RateLimitFacts facts{.limit = LimitName::tpm,
                             .scope = ScopeKind::user,
                             .scope_name = "사용자1",
                             .model = "korean-qwen",
                             .allowed = 8000,
                             .used = 7600,
                             .requested = 800,
                             .retry_after = Millis{1800}};
  const ApiError english_error = rate_limited(english, facts);
  EXPECT_EQ(english_error.message,
            "Rate limit reached for korean-qwen in user '사용자1' on tokens per min (TPM): Limit 8000, Used 7600, "
            "Requested 800. "
            "Please try again in 1.8s.");
  EXPECT_EQ(english_error.status, 429);
  EXPECT_EQ(english_error.type, "tokens");
  EXPECT_EQ(english_error.code, "rate_limit_exceeded");
  EXPECT_EQ(
      rate_limited(korean, facts).message,
      "korean-qwen 모델 요청이 사용자 '사용자1'의 분당 토큰 한도(TPM)에 도달했습니다. 한도 8000, 사용 7600, 요청 800. "
      "1.8초 후에 다시 시도해 주세요.");
}

TEST(RateLimited, FromAMinuteOnTheWaitIsToldInWholeSecondsRoundedUp) {
  struct Wait {
    std::int64_t millis;
    std::string_view korean, english;
  };
  for (const Wait& wait :
       {Wait{59'999, "59.999초", "59.999s"}, Wait{60'000, "1분", "1m0s"}, Wait{60'001, "1분 1초", "1m1s"},
        Wait{60'109, "1분 1초", "1m1s"}, Wait{65'000, "1분 5초", "1m5s"}, Wait{3'599'001, "1시간", "1h0m0s"}}) {
    const RateLimitFacts facts{.limit = LimitName::rph, .retry_after = Millis{wait.millis}};
    const std::string in_korean = rate_limited(korean, facts).message,
                      in_english = rate_limited(english, facts).message;
    EXPECT_TRUE(in_korean.ends_with(". " + std::string(wait.korean) + " 후에 다시 시도해 주세요.")) << in_korean;
    EXPECT_TRUE(in_english.ends_with("try again in " + std::string(wait.english) + ".")) << in_english;
  }
}

TEST(RateLimited, RequestsHaveTheirOwnType) {
  for (const LimitName limit : {LimitName::rpm, LimitName::rph, LimitName::rpd, LimitName::concurrent}) {
    EXPECT_EQ(rate_limited(korean, {.limit = limit}).type, "requests");
  }
}

TEST(RateLimited, WhatNeverFitsIsToldSo) {
  const RateLimitFacts facts{
      .limit = LimitName::tpm, .scope = ScopeKind::global, .allowed = 100, .requested = 800, .never = true};
  EXPECT_EQ(rate_limited(english, facts).message,
            "Request too large in this service on tokens per min (TPM): Limit 100, Requested 800. The input or output "
            "tokens must be reduced in order to run successfully.");
  EXPECT_EQ(rate_limited(korean, facts).message,
            "요청이 서비스 전체의 분당 토큰 한도(TPM)보다 커서 처리할 수 없습니다. 한도 100, 요청 800. 기다려도 "
            "처리되지 않으니 "
            "입력이나 최대 출력 토큰을 줄여 주세요.");
  EXPECT_NE(rate_limited(korean, {.limit = LimitName::rpm, .requested = 1, .never = true}).message.find("관리자"),
            std::string::npos);
}

TEST(ModelNotFound, SaysOpenAisSentence) {
  const ApiError error = model_not_found(english, "gpt-9");
  EXPECT_EQ(render(error), R"({"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.",)"
                           R"("type":"invalid_request_error","param":"model","code":"model_not_found"}})");
}

TEST(KeyMessages, NeverShowAWholeKey) {
  EXPECT_EQ(masked_key("sk-user1-korean-key-def"), "sk-u****************def");
  EXPECT_EQ(masked_key("short"), "***");
  EXPECT_EQ(masked_key("sk-\x01\x02\x03 with odd bytes"), "***");
  EXPECT_EQ(invalid_api_key(korean, "sk-user1-korean-key-def").message.find("user1-korean"), std::string::npos);
}

TEST(KeyMessages, ABanSaysWhenItEnds) {
  EXPECT_NE(key_banned(korean, Millis{3'600'000}).message.find("1시간 후"), std::string::npos);
  EXPECT_NE(key_banned(english, Millis{89'001}).message.find("1m30s."), std::string::npos);
  EXPECT_EQ(key_banned(english, Millis{0}).code, "key_banned");
  EXPECT_EQ(key_banned(english, Millis{0}).status, 403);
}

TEST(Messages, AllHaveTheirStatusAndBothLanguages) {
  struct Made {
    int status;
    ApiError (*make)(Language);
  };
  const Made all[] = {
      {401, missing_api_key},
      {401, key_disabled},
      {403, admin_key_required},
      {400, streaming_not_supported},
      {503, engine_unavailable},
      {503, engine_overloaded},
      {503, queue_full},
      {502, engine_failed},
      {502, engine_refused_gateway},
      {503, storage_unavailable},
      {503, draining},
      {500, internal_error},
      {404, [](Language l) { return unknown_path(l, "GET", "/x"); }},
      {405, [](Language l) { return method_not_allowed(l, "GET", "/x"); }},
      {404, [](Language l) { return not_found(l, "x"); }},
      {413, [](Language l) { return body_too_large(l, 10); }},
      {415, [](Language l) { return wrong_content_type(l, "text/plain"); }},
      {400, [](Language l) { return context_too_long(l, 10, 20, 0); }},
      {400, [](Language l) { return context_too_long(l, 10, 20, 5); }},
      {400, [](Language l) { return max_tokens_too_large(l, 20, 10, "max_tokens"); }},
      {503, [](Language l) { return queue_timeout(l, Millis{10}); }},
      {504, [](Language l) { return engine_timeout(l, Millis{10}); }},
      {400, [](Language l) { return bad_http(l, 400); }},
      {408, [](Language l) { return bad_http(l, 408); }},
      {411, [](Language l) { return bad_http(l, 411); }},
      {413, [](Language l) { return bad_http(l, 413); }},
      {414, [](Language l) { return bad_http(l, 414); }},
      {417, [](Language l) { return bad_http(l, 417); }},
      {431, [](Language l) { return bad_http(l, 431); }},
      {501, [](Language l) { return bad_http(l, 501); }},
      {505, [](Language l) { return bad_http(l, 505); }},
  };
  for (const Made& made : all) {
    const ApiError in_korean = made.make(korean);
    const ApiError in_english = made.make(english);
    EXPECT_EQ(in_korean.status, made.status) << in_english.message;
    EXPECT_EQ(in_english.status, made.status);
    EXPECT_EQ(in_korean.code, in_english.code);
    EXPECT_EQ(in_korean.type, made.status >= 500 ? "server_error" : in_english.type);
    EXPECT_FALSE(in_korean.code.empty());
    EXPECT_NE(in_korean.message, in_english.message);
    EXPECT_TRUE(in_korean.message.ends_with("다.") || in_korean.message.ends_with("요.") ||
                in_korean.message.ends_with("x"))
        << in_korean.message;
    EXPECT_EQ(in_english.message.find_first_of("{}"), std::string::npos) << in_english.message;
  }
}

TEST(Messages, WhatClientsSentIsShownBoundedAndHarmless) {
  const ApiError error = model_not_found(english, "a\r\n\"" + std::string(500, 'x'));
  EXPECT_LT(error.message.size(), 250u);
  EXPECT_EQ(error.message.find_first_of("\r\n"), std::string::npos);
}

TEST(Messages, BracesInArgumentsAreJustText) {
  EXPECT_NE(model_not_found(english, "{0}{}").message.find("`{0}{}`"), std::string::npos);
}

TEST(Render, SpeaksBothDialects) {
  const ApiError error{429, "requests", "rate_limit_exceeded", "", "줄\n\"바꿈\""};
  EXPECT_EQ(render(error),
            R"({"error":{"message":"줄\n\"바꿈\"","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
  EXPECT_EQ(render(error, Dialect::anthropic),
            R"({"type":"error","error":{"type":"rate_limit_error","message":"줄\n\"바꿈\""}})");
  EXPECT_EQ(render_event(error).substr(0, 15), "data: {\"error\":");
  EXPECT_TRUE(render_event(error, Dialect::anthropic).starts_with("event: error\ndata: {"));
  EXPECT_TRUE(render_event(error).ends_with("}}\n\n"));
}

}  // namespace
}  // namespace ktl::protocol

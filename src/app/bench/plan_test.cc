// What is asked of whom and when: targets, prompts, slices, waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "app/bench/prompts.h"
#include "app/bench/retry_after.h"
#include "app/bench/retry_gate.h"
#include "app/bench/schedule.h"
#include "app/bench/target.h"
#include "base/text.h"

namespace ktl::app::bench {
namespace {

TEST(Target, UrlsAreTakenApart) {
  const auto plain = parse_target("http://127.0.0.1:8080");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 8080);
  EXPECT_EQ(plain->authority, "127.0.0.1:8080");
  EXPECT_EQ(plain->base_path, "");
  const auto six = parse_target("http://[::1]/proxy/v1/");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 80);
  EXPECT_EQ(six->base_path, "/proxy");
}

TEST(Target, WhatIsNoPlainHttpUrlIsRefused) {
  for (const char* url :
       {"", "127.0.0.1:8080", "https://127.0.0.1", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:8x", "http://[::1", "http://[::1]8", "http://u@a", "http://a/?q", "http://a b", "http://a\r\nX: y"})
    EXPECT_FALSE(parse_target(url)) << url;
}

TEST(Target, OnlyAddressesOfThisMachineAreLoopback) {
  EXPECT_TRUE(only_loopback(*net::resolve("127.0.0.1", 80)));
  EXPECT_TRUE(only_loopback(*net::resolve("::1", 80)));
  EXPECT_FALSE(only_loopback(*net::resolve("192.0.2.1", 80)));
  EXPECT_FALSE(only_loopback({}));
}

TEST(Schedule, OneTargetGetsOneSlice) {
  EXPECT_EQ(plan_slices(1, {Millis(60'000), std::nullopt}), (std::vector<Slice>{{0, Millis(60'000), std::nullopt}}));
}

TEST(Schedule, TwoTargetsTakeTurnsThereAndBackForTheSameTime) {
  const auto slices = plan_slices(2, {Millis(60'000), std::nullopt});
  ASSERT_EQ(slices.size(), 12u);
  for (std::size_t i = 0; i < slices.size(); ++i) {
    EXPECT_EQ(slices[i].target, (i / 2) % 2 == 0 ? i % 2 : 1 - i % 2) << i;
    EXPECT_EQ(slices[i].duration, Millis(5'000)) << i;
  }
}

TEST(Schedule, NothingIsLostInTheParts) {
  for (const std::int64_t amount : {1, 2, 5, 7, 1000, 4001}) {
    std::int64_t millis = 0;
    for (const Slice& slice : plan_slices(2, {Millis(amount), std::nullopt})) millis += slice.duration->count();
    EXPECT_EQ(millis, amount);
    std::int64_t requests[2] = {0, 0};
    for (const Slice& slice : plan_slices(2, {std::nullopt, amount})) requests[slice.target] += *slice.requests;
    EXPECT_EQ(requests[0], amount);
    EXPECT_EQ(requests[1], amount);
  }
}

TEST(Prompts, AreDistinctKoreanTextsFromShortToLong) {
  const auto prompts = builtin_prompts();
  EXPECT_EQ(std::set<std::string>(prompts.begin(), prompts.end()).size(), prompts.size());
  const auto [shortest, longest] = std::minmax_element(
      prompts.begin(), prompts.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  EXPECT_LT(shortest->size(), 100u);
  EXPECT_GT(longest->size(), 1500u);
  for (const auto& prompt : prompts) EXPECT_TRUE(is_utf8(prompt));
}

TEST(Prompts, ARequestIsAWholeHttpRequest) {
  const std::string prompts[] = {"따옴표 \" 하나"};
  const auto target = parse_target("http://127.0.0.1:9/base");
  const auto requests = chat_requests(*target, {"korean-qwen", "sk-1", 64, true}, prompts);
  ASSERT_EQ(requests.size(), 1u);
  const std::string body =
      R"({"model":"korean-qwen","messages":[{"role":"user","content":"따옴표 \" 하나"}],"max_tokens":64,)"
      R"("stream":true,"stream_options":{"include_usage":true}})";
  EXPECT_EQ(requests[0],
            "POST /base/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:9\r\nAuthorization: Bearer sk-1\r\n"
            "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto whole = chat_requests(*target, {"m", "", 1, false}, prompts);
  EXPECT_EQ(whole[0].find("Authorization"), std::string::npos);
  EXPECT_EQ(whole[0].find("stream"), std::string::npos);
}

TEST(RetryAfter, TheExactHeaderCountsMost) {
  net::HeaderList headers;
  EXPECT_EQ(asked_wait(headers), std::nullopt);
  headers.add("Retry-After", "2");
  EXPECT_EQ(asked_wait(headers), Millis(2000));
  headers.add("retry-after-ms", "1250");
  EXPECT_EQ(asked_wait(headers), Millis(1250));
  net::HeaderList broken;
  broken.add("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT");
  EXPECT_EQ(asked_wait(broken), std::nullopt);
}

TEST(RetryGate, AfterARefusalUsersTryOneByOneWhenTheTimeIsOver) {
  using Pass = RetryGate::Pass;
  const MonoTime start{std::chrono::seconds(100)};
  RetryGate gate;
  EXPECT_EQ(gate.enter(start), Pass::yes);
  EXPECT_EQ(gate.enter(start), Pass::yes);
  gate.refused(start, Millis(500));
  gate.refused(start, Millis(300));  // the longer wait counts
  EXPECT_EQ(gate.enter(start + Millis(499)), Pass::no);
  EXPECT_EQ(gate.enter(start + Millis(500)), Pass::probe);
  EXPECT_EQ(gate.enter(start + Millis(500)), Pass::no);
  gate.refused(start + Millis(501), Millis(100));
  EXPECT_EQ(gate.enter(start + Millis(600)), Pass::no);
  EXPECT_EQ(gate.enter(start + Millis(601)), Pass::probe);
  gate.probe_lost();
  EXPECT_EQ(gate.enter(start + Millis(602)), Pass::probe);
  for (int i = 1; i < RetryGate::kTrials; ++i) {
    gate.probe_admitted();
    EXPECT_EQ(gate.enter(start + Millis(602)), Pass::probe) << i;
    EXPECT_EQ(gate.enter(start + Millis(602)), Pass::no) << i;
  }
  gate.probe_admitted();
  EXPECT_EQ(gate.enter(start + Millis(602)), Pass::yes);
  EXPECT_EQ(gate.enter(start + Millis(602)), Pass::yes);
}

}  // namespace
}  // namespace ktl::app::bench

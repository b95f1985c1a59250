// Streams that break off beside others: the loop's scratch space is shared, what clients get is not.
#include "gateway/journey_fixture.h"

namespace ktl::gateway {
namespace {

using net::HttpExchange;
using net::Task;

std::string stream_request(const std::string& who) {
  return R"({"model":"korean-qwen","messages":[{"role":"user","content":")" + who +
         R"("}],"max_tokens":50,"stream":true})";
}

std::string event(const std::string& text) {
  return R"(data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":")" +
         text + "\"},\"finish_reason\":null}]}\n\n";
}

std::size_t times(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Task<void> keep(JourneyFixture::Asking asking, Got& got, bool& done) {
  got = co_await std::move(asking);
  done = true;
}

JOURNEY(AStreamThatFallsSilentEndsWithoutAWordOfAnotherStream) {
  options.stream_idle_timeout = Millis(30);
  bool silent_one_ended = false;
  start([&silent_one_ended](HttpExchange& x, const std::string& body) -> Task<void> {
    x.start_stream(200, "content-type: text/event-stream\r\n");
    if (body.find("silent") != std::string::npos) {
      co_await x.write(event("mine"));
      while (!x.client_gone() && !silent_one_ended) co_await x.loop().sleep(Millis(1));
      co_return;
    }
    while (!silent_one_ended) {
      co_await x.write(event("others"));
      co_await x.loop().sleep(Millis(1));
    }
    co_await x.write("data: [DONE]\n\n");
    co_await x.finish();
  });
  Got silent, lively;
  bool lively_ended = false;
  loop.spawn(keep(ask(stream_request("lively")), lively, lively_ended));
  loop.spawn(keep(ask(stream_request("silent")), silent, silent_one_ended));
  while (!silent_one_ended || !lively_ended) co_await loop.sleep(Millis(1));
  EXPECT_EQ(times("mine", silent.body), 1u) << silent.body;
  EXPECT_EQ(times("others", silent.body), 0u) << silent.body;
  EXPECT_EQ(times(R"(data: {"error":{)", silent.body), 1u) << silent.body;
  EXPECT_EQ(times("mine", lively.body), 0u);
  EXPECT_TRUE(lively.body.ends_with("data: [DONE]\n\n"));
}

JOURNEY(AStreamThatTheEngineCutsOffRepeatsNothing) {
  start([](HttpExchange& x, const std::string&) -> Task<void> {
    x.start_stream(200, "content-type: text/event-stream\r\n");
    co_await x.write(event("one"));
    co_await x.write(event("two"));
  });
  const Got got = co_await ask(stream_request("a"));
  EXPECT_EQ(times("one", got.body), 1u) << got.body;
  EXPECT_EQ(times("two", got.body), 1u) << got.body;
}

JOURNEY(WhatStoodBeforeAnErrorEventOfTheEngineIsPassedOn) {
  start([](HttpExchange& x, const std::string&) -> Task<void> {
    x.start_stream(200, "content-type: text/event-stream\r\n");
    co_await x.write(event("one") + R"(data: {"error":{"message":"boom","type":"InternalServerError","code":500}})" +
                     "\n\n");
    co_await x.finish();
  });
  const Got got = co_await ask(stream_request("a"));
  EXPECT_EQ(times("one", got.body), 1u) << got.body;
  EXPECT_EQ(times(R"("error":{)", got.body), 1u) << got.body;
}

}  // namespace
}  // namespace ktl::gateway

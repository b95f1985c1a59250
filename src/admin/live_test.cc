// The pages that show what goes on now, over real sockets, with samples made by hand.
#include "admin/admin_fixture.h"
#include "admin/live_json.h"

namespace ktl::admin {
namespace {

using monitor::EngineStatus;
using monitor::Sample;

Sample sample_of(std::uint64_t sequence) {
  Sample sample;
  sample.sequence = sequence;
  sample.at = WallTime(Millis(1'795'422'600'123));
  sample.interval = Millis(1'000);
  sample.store.kind = "sqlite";
  monitor::EngineSample& engine = sample.engines.emplace_back();
  engine.name = "엔진 \"0\"";
  return sample;
}

// What the client has received, as text, once it holds `part`.
net::Task<std::string> read_until(net::ClientConnection& client, std::string_view part) {
  while (client.body().find(part) == std::string_view::npos && !client.all_received()) {
    auto more = co_await client.receive(Millis(5'000));
    if (!more) break;
  }
  co_return std::string(client.body());
}

PAGE_TEST(BeforeTheFirstSampleThereIsNothingToShow) {
  start();
  for (const std::string path : {"/admin/overview", "/admin/engine"}) {
    const Got got = co_await get(path, kAdminKey);
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.header("retry-after"), "1");
  }
}

PAGE_TEST(WhatIsNotKnownIsNull) {
  start();
  publish(sample_of(7));
  Got got = co_await get("/admin/overview", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has(R"({"sequence":7,"at_ms":1795422600123,"interval_ms":1000,)")) << got;
  EXPECT_TRUE(got.has(R"("first_token_ms":{"count":0,"p50":null,"p95":null,"p99":null,"mean":null})")) << got;
  got = co_await get("/admin/engine", kAdminKey);
  EXPECT_TRUE(got.has(R"({"name":"엔진 \"0\"","type":"sglang","version":null,"status":"unknown",)")) << got;
  EXPECT_TRUE(got.has(R"("running_requests":null,"waiting_requests":null,)")) << got;
  EXPECT_TRUE(got.has(R"("kv":{"used_tokens":null,"evictable_tokens":null,"capacity_tokens":null,)")) << got;
}

PAGE_TEST(AViewerGetsTheNewestSampleAtOnceAndThenEveryNewOne) {
  start();
  publish(sample_of(1));
  auto client = co_await watch();
  std::string seen = co_await read_until(*client, "id: 1\n");
  publish(sample_of(2));
  publish(sample_of(3));
  seen = co_await read_until(*client, "id: 3\n");
  EXPECT_TRUE(seen.starts_with("retry: 1000\n\nid: 1\nevent: sample\ndata: {\"sequence\":1,")) << seen;
  EXPECT_EQ(sampled("token_limiter_viewers"), 1);
  close_streams();
  seen = co_await read_until(*client, "bye");
  EXPECT_TRUE(client->all_received());
  EXPECT_TRUE(seen.ends_with("event: bye\ndata: {\"reason\":\"draining\"}\n\n")) << seen;
  EXPECT_EQ(sampled("token_limiter_viewers"), 0);

  auto late = co_await watch();
  seen = co_await read_until(*late, "bye");
  EXPECT_TRUE(seen.ends_with("event: bye\ndata: {\"reason\":\"draining\"}\n\n")) << seen;
}

PAGE_TEST(AViewerThatDoesNotReadIsGivenUpAndHoldsUpNobody) {
  start();
  Sample large = sample_of(1);
  large.store.reason.assign(1 << 20, 'x');
  publish(large);
  auto lazy = co_await watch();
  auto eager = co_await watch();
  for (std::uint64_t sequence = 2; sampled("token_limiter_viewers") == 2 && sequence < 100; ++sequence) {
    large.sequence = sequence;
    publish(large);
    const std::string seen = co_await read_until(*eager, "id: " + std::to_string(sequence) + "\n");
    EXPECT_NE(seen.find("id: " + std::to_string(sequence) + "\n"), std::string::npos);
    eager->consume(eager->body().size());
  }
  EXPECT_EQ(sampled("token_limiter_viewers"), 1);
}

PAGE_TEST(AViewerThatLeavesIsForgotten) {
  start();
  publish(sample_of(1));
  auto client = co_await watch();
  EXPECT_EQ(sampled("token_limiter_viewers"), 1);
  client.reset();
  while (sampled("token_limiter_viewers") > 0) co_await loop.sleep(Millis(1));
}

PAGE_TEST(AHeadOfTheStreamHasNoBody) {
  start();
  const Got got = co_await ask("HEAD", "/admin/events", "authorization: Bearer " + std::string(kAdminKey) + "\r\n");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("content-type"), "text/event-stream; charset=utf-8");
}

}  // namespace
}  // namespace ktl::admin

#include "monitor/traffic_window.h"

#include <gtest/gtest.h>

namespace ktl::monitor {
namespace {

constexpr MonoTime kBegin{std::chrono::hours(1)};

struct Counting {
  telemetry::Registry registry;
  gateway::Metrics metrics{registry};
};

TEST(TrafficWindow, TellsTheLastSecondAndTheLastMinute) {
  Counting gateway;
  TrafficWindow window;
  for (int second = 0; second <= 300; ++second) {
    window.add(kBegin + std::chrono::seconds(second), tally_of(gateway.metrics));
    EXPECT_LE(window.minute().seconds, 60);
    const Gain last = window.last();
    EXPECT_EQ(last.per_second(last.tally.prompt_tokens), second == 0 ? 0 : second == 201 ? 50 : 5);
    gateway.metrics.prompt_tokens.add(second == 200 ? 50 : 5);
  }
  const Gain minute = window.minute();
  EXPECT_EQ(minute.seconds, 60);
  EXPECT_EQ(minute.tally.prompt_tokens, 300u);
  EXPECT_EQ(window.newest().prompt_tokens, 300u * 5 + 45);
}

TEST(TrafficWindow, TheFirstTallyHasGainedNothing) {
  Counting gateway;
  gateway.metrics.prompt_tokens.add(100);
  TrafficWindow window;
  window.add(kBegin, tally_of(gateway.metrics));
  EXPECT_EQ(window.last().tally.prompt_tokens, 0u);
  EXPECT_EQ(window.last().per_second(7), 0);
  EXPECT_EQ(window.newest().prompt_tokens, 100u);
}

TEST(TrafficWindow, AModelThatCameLaterCountsFromItsBeginning) {
  Counting gateway;
  TrafficWindow window;
  gateway.metrics.model("가").requests.add(3);
  window.add(kBegin, tally_of(gateway.metrics));
  gateway.metrics.model("나").requests.add(2);
  gateway.metrics.model("나").first_token.observe(1'000);
  gateway.metrics.model("가").requests.add(1);
  window.add(kBegin + std::chrono::seconds(1), tally_of(gateway.metrics));
  const Tally gain = window.last().tally;
  ASSERT_EQ(gain.models.size(), 2u);
  EXPECT_EQ(gain.models[0].requests, 1u);
  EXPECT_EQ(gain.models[1].model, "나");
  EXPECT_EQ(gain.models[1].requests, 2u);
  EXPECT_EQ(gain.models[1].first_token.total(), 1u);
}

TEST(Tally, EveryReasonToRefuseIsCountedOnceUnderItsName) {
  Counting gateway;
  gateway.metrics.refused(quota::LimitKind::tpm).add(2);
  gateway.metrics.refused_by_ban.add(3);
  gateway.metrics.refused_by_queue.add(4);
  gateway.metrics.store_refusals.add(5);
  const Tally tally = tally_of(gateway.metrics);
  EXPECT_EQ(tally.all_refused(), 14u);
  std::string seen;
  for (std::size_t i = 0; i < kRefusalKinds; ++i)
    if (tally.refused[i] > 0) seen += std::string(name_of_refusal(i)) + "=" + std::to_string(tally.refused[i]) + " ";
  EXPECT_EQ(seen, "tpm=2 banned=3 queue=4 store=5 ");
}

TEST(Tally, StatusesAreSummedOverEndpoints) {
  Counting gateway;
  gateway.metrics.requests(protocol::Endpoint::chat_completions, 429).add(2);
  gateway.metrics.requests(protocol::Endpoint::embeddings, 429).add(1);
  const Tally tally = tally_of(gateway.metrics);
  for (std::size_t i = 0; i < tally.statuses.size(); ++i)
    EXPECT_EQ(tally.statuses[i], gateway::Metrics::kStatuses[i] == 429 ? 3u : 0u);
}

}  // namespace
}  // namespace ktl::monitor

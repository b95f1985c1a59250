#include "telemetry/prometheus_text.h"

#include <gtest/gtest.h>

namespace ktl::telemetry {
namespace {

TEST(PrometheusText, TheExpositionIsTheGoldenText) {
  Registry registry;
  registry.counter("ktl_requests_total", "Requests by user.", {{"user", "사용자1"}, {"status", "200"}}).add(3);
  registry.counter("ktl_requests_total", "Requests by user.", {{"user", "a\"b\\c\nd"}, {"status", "429"}}).add();
  registry.gauge("ktl_in_flight", "Requests in flight.").set(-2);
  registry.sampled_gauge("ktl_ledger_lag_seconds", "Lag of the\nledger \\ books.", [] { return 0.25; });
  auto& latency = registry.histogram("ktl_ttft_seconds", "Time to first token.", {{250, 1'000, 2'000'000}, 1e-6},
                                     {{"model", "korean-qwen"}});
  latency.observe(100);
  latency.observe(900);
  latency.observe(3'000'000);
  EXPECT_EQ(prometheus_text(registry),
            "# HELP ktl_in_flight Requests in flight.\n"
            "# TYPE ktl_in_flight gauge\n"
            "ktl_in_flight -2\n"
            "# HELP ktl_ledger_lag_seconds Lag of the\\nledger \\\\ books.\n"
            "# TYPE ktl_ledger_lag_seconds gauge\n"
            "ktl_ledger_lag_seconds 0.25\n"
            "# HELP ktl_requests_total Requests by user.\n"
            "# TYPE ktl_requests_total counter\n"
            "ktl_requests_total{user=\"사용자1\",status=\"200\"} 3\n"
            "ktl_requests_total{user=\"a\\\"b\\\\c\\nd\",status=\"429\"} 1\n"
            "# HELP ktl_ttft_seconds Time to first token.\n"
            "# TYPE ktl_ttft_seconds histogram\n"
            "ktl_ttft_seconds_bucket{model=\"korean-qwen\",le=\"0.00025\"} 1\n"
            "ktl_ttft_seconds_bucket{model=\"korean-qwen\",le=\"0.001\"} 2\n"
            "ktl_ttft_seconds_bucket{model=\"korean-qwen\",le=\"2\"} 2\n"
            "ktl_ttft_seconds_bucket{model=\"korean-qwen\",le=\"+Inf\"} 3\n"
            "ktl_ttft_seconds_sum{model=\"korean-qwen\"} 3.001\n"
            "ktl_ttft_seconds_count{model=\"korean-qwen\"} 3\n");
}

TEST(PrometheusText, MalformedUtf8InALabelNeverReachesTheScraper) {
  Registry registry;
  registry.counter("c_total", "c", {{"path", "a\xff\xfe"}}).add();
  EXPECT_NE(prometheus_text(registry).find("c_total{path=\"a\xEF\xBF\xBD\xEF\xBF\xBD\"} 1"), std::string::npos);
}

TEST(Registry, TheSameNameAndLabelsAreTheSameObject) {
  Registry registry;
  Counter& first = registry.counter("c_total", "c", {{"user", "a"}});
  for (int i = 0; i < 1000; ++i) registry.counter("c_total", "c", {{"user", "u" + std::to_string(i)}});
  EXPECT_EQ(&first, &registry.counter("c_total", "c", {{"user", "a"}}));
  EXPECT_NE(&first, &registry.counter("c_total", "c", {{"user", "b"}}));
}

TEST(Registry, BeyondItsBoundAFamilyCountsIntoOther) {
  Registry registry;
  for (std::size_t i = 0; i < Registry::kMaxSeries + 500; ++i)
    registry.counter("c_total", "c", {{"user", "u" + std::to_string(i)}}).add();
  const auto families = registry.collect();
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].series.size(), Registry::kMaxSeries);
  EXPECT_EQ(families[0].series.back().labels[0].second, "other");
  EXPECT_EQ(families[0].series.back().value, 501);  // nothing is lost
}

TEST(RegistryDeathTest, AFamilyHasOneType) {
  Registry registry;
  registry.counter("c_total", "c");
  EXPECT_DEATH(registry.gauge("c_total", "c"), "one type");
  EXPECT_DEATH(registry.counter("c total", "c"), "grammar");
}

}  // namespace
}  // namespace ktl::telemetry

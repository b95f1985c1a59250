#include "telemetry/prometheus_samples.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ktl::telemetry {
namespace {

TEST(PrometheusSamples, QuotesEscapesAndOddLinesDoNotConfuseIt) {
  std::vector<std::string> seen;
  for_each_sample(
      "# HELP a b\n"
      "plain 1\n"
      "labels{x=\"a}b\\\"c\",mode=\"decode\"} 2.5 1700000000\n"
      "plus +3e2\n"
      "nan NaN\ninf{le=\"+Inf\"} +Inf\n"
      "broken{x=\"1\n"
      "noword{} x\n"
      "{} 1\n"
      "  blank{ a = \"b\" , mode=\"m\" } 7\r\n"
      "last{mode=\"z\"} 4",
      [&](const Sample& sample) {
        seen.push_back(std::string(sample.name) + "|" + std::string(sample.label("mode")) + "|" +
                       std::to_string(sample.value));
      });
  const std::vector<std::string> expected{"plain||1.000000", "labels|decode|2.500000", "plus||300.000000",
                                          "||1.000000",      "blank||7.000000",        "last|z|4.000000"};
  EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace ktl::telemetry

#include "app/bench/stream_meter.h"

#include <gtest/gtest.h>

namespace ktl::app::bench {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kAsked{10s};
const std::string kRole = R"(data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"
                          "\n\n";
const std::string kUsage =
    R"(data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":3,"total_tokens":33}})"
    "\n\n";
const std::string kDone = "data: [DONE]\n\n";

std::string output(const std::string& text) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")" + text +
         R"("}}]})"
         "\n\n";
}

struct Meter : testing::Test {
  Samples first, between;
  StreamMeter meter{kAsked, first, between};
};

TEST_F(Meter, TheFirstOutputIsTtftAndTheRoleEventIsNot) {
  meter.take(kRole, kAsked + 5ms);
  EXPECT_EQ(first.count(), 0u);
  meter.take(output("안"), kAsked + 20ms);
  meter.take(output("녕"), kAsked + 29ms);
  meter.take(kUsage + kDone, kAsked + 500ms);
  ASSERT_EQ(first.count(), 1u);
  EXPECT_DOUBLE_EQ(first.percentiles()->max, 20);
  ASSERT_EQ(between.count(), 1u);
  EXPECT_DOUBLE_EQ(between.percentiles()->max, 9);
}

TEST_F(Meter, UsageAndTheEndAreRead) {
  EXPECT_FALSE(meter.usage());
  meter.take(output("네") + kUsage, kAsked);
  ASSERT_TRUE(meter.usage());
  EXPECT_EQ(meter.usage()->prompt, 30);
  EXPECT_EQ(meter.usage()->completion, 3);
  EXPECT_FALSE(meter.saw_done());
  meter.take(kDone, kAsked);
  EXPECT_TRUE(meter.saw_done());
  EXPECT_FALSE(meter.error());
}

TEST_F(Meter, EventsInPiecesAreTakenOnceTheyAreWhole) {
  const std::string all = kRole + output("하나") + output("둘") + kUsage + kDone;
  std::string buffer;
  for (const char c : all) {
    buffer += c;
    buffer.erase(0, meter.take(buffer, kAsked + 1ms));
  }
  EXPECT_EQ(buffer, "");
  EXPECT_EQ(first.count(), 1u);
  EXPECT_EQ(between.count(), 1u);
  EXPECT_TRUE(meter.saw_done());
  EXPECT_EQ(meter.usage()->total(), 33);
}

TEST_F(Meter, AnErrorInTheStreamIsKept) {
  meter.take(R"(data: {"error":{"message":"engine died","type":"server_error","code":500}})"
             "\n\n" +
                 kDone,
             kAsked);
  ASSERT_TRUE(meter.error());
  EXPECT_EQ(*meter.error(), "engine died");
}

}  // namespace
}  // namespace ktl::app::bench

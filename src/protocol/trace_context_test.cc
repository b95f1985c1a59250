#include "protocol/trace_context.h"

#include <gtest/gtest.h>

namespace ktl::protocol {
namespace {

constexpr std::string_view kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr std::string_view kTrace = "0af7651916cd43dd8448eb211c80319c";

struct Given {
  Rng rng{1};
  RequestId request = RequestId::make(rng);

  TraceContext context(std::string_view parent, std::string_view state = {}) {
    return trace_context(parent, state, request, rng);
  }
};

TEST(TraceContext, TheClientsTraceGoesOnUnderASpanOfOurs) {
  Given given;
  const TraceContext context = given.context(kParent, "vendor=1,other=a-b");
  EXPECT_EQ(context.trace(), kTrace);
  std::string lines;
  append_trace_headers(lines, context);
  EXPECT_TRUE(lines.starts_with("traceparent: 00-" + std::string(kTrace) + "-")) << lines;
  EXPECT_EQ(lines.find("b7ad6b7169203331"), std::string::npos) << "the client's span is not ours";
  EXPECT_TRUE(lines.ends_with("-01\r\ntracestate: vendor=1,other=a-b\r\n")) << lines;
  EXPECT_EQ(lines.find('\r'), std::string("traceparent: ").size() + 55);
}

TEST(TraceContext, WithoutATraceTheRequestsIdBecomesOne) {
  Given given;
  const TraceContext context = given.context("", "vendor=1");
  EXPECT_EQ(context.trace(), given.request.view());
  std::string lines;
  append_trace_headers(lines, context);
  EXPECT_TRUE(lines.ends_with("-00\r\n")) << lines;
  EXPECT_EQ(lines.find("tracestate"), std::string::npos);
}

TEST(TraceContext, WhatIsNotSoundIsAsGoodAsNone) {
  Given given;
  std::vector<std::string> bad{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                               "nonsense",
                               "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                               "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                               "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                               "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                               "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                               "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                               "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
  for (std::size_t i = 0; i < kParent.size(); ++i) {
    bad.emplace_back(kParent);
    bad.back()[i] = 'x';
  }
  for (const std::string& parent : bad) EXPECT_EQ(given.context(parent).trace(), given.request.view()) << parent;
}

TEST(TraceContext, ALaterVersionIsReadAsFarAsItIsKnown) {
  Given given;
  EXPECT_EQ(given.context("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").trace(), kTrace);
}

TEST(TraceContext, AStateThatIsTooLongOrBrokenStaysBehind) {
  Given given;
  EXPECT_EQ(given.context(kParent, std::string(513, 'a')).state, "");
  EXPECT_EQ(given.context(kParent, "a=\x01").state, "");
  EXPECT_EQ(given.context(kParent, "a=한").state, "");
}

}  // namespace
}  // namespace ktl::protocol

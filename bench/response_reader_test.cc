#include "bench/response_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktl::bench {
namespace {

constexpr std::string_view kStream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    "47\r\ndata: {\"delta\":{\"content\":\"t=0000000000000000042 x\"},\"usage\":{\"a\":1}}\n\n"
    "\r\n14\r\ndata: {\"usage\":{}}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

void remember(void* context, std::int64_t sent) {
  static_cast<std::vector<std::int64_t>*>(context)->push_back(sent);
}

TEST(ResponseReader, ReadsAStreamWhereverItIsCut) {
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    ResponseReader reader;
    std::vector<std::int64_t> stamps;
    reader.on_stamp(&remember, &stamps);
    bool complete = false;
    for (std::size_t at = 0; at < kStream.size(); at += piece) {
      EXPECT_FALSE(complete) << "piece " << piece;
      complete = reader.feed(kStream.substr(at, piece));
    }
    EXPECT_TRUE(complete) << "piece " << piece;
    EXPECT_EQ(stamps, std::vector<std::int64_t>{42}) << "piece " << piece;
    EXPECT_TRUE(reader.saw_done() && reader.saw_usage()) << "piece " << piece;
  }
}

TEST(ResponseReader, AStreamThatIsCutShortIsNotComplete) {
  ResponseReader reader;
  EXPECT_FALSE(reader.feed(kStream.substr(0, kStream.size() - 1)));
  reader.restart();
  EXPECT_FALSE(reader.has_head());
}

TEST(ResponseReader, ReadsABodyOfKnownLengthAndTheWishToClose) {
  ResponseReader reader;
  EXPECT_TRUE(reader.feed("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}"));
  EXPECT_EQ(reader.status(), 429);
  EXPECT_FALSE(reader.keep_alive());
}

TEST(ResponseReader, WhatIsNoResponseIsBroken) {
  ResponseReader reader;
  EXPECT_FALSE(reader.feed("hello\r\n\r\n"));
  EXPECT_TRUE(reader.broken());
}

}  // namespace
}  // namespace ktl::bench

#include "net/head_parser.h"

#include <string>

#include <gtest/gtest.h>

namespace ktl::net {
namespace {

HeadProblem parse(std::string_view text, RequestHead& head) { return parse_request_head(text, head); }

TEST(RequestHead, ReadsTheUsualRequest) {
  RequestHead head;
  const std::string text =
      "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nAuthorization:  Bearer k \r\n\r\n";
  ASSERT_FALSE(parse(text, head));
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.query, "x=1");
  EXPECT_EQ(head.framing.content_length, 12u);
  EXPECT_EQ(head.headers.get("authorization"), "Bearer k");
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, TakesRawKoreanInTheTarget) {
  RequestHead head;
  ASSERT_FALSE(parse("GET /stats/사용자1 HTTP/1.1\r\nHost: a\r\n\r\n", head));
  EXPECT_EQ(head.path, "/stats/사용자1");
}

TEST(RequestHead, KeepAliveFollowsVersionAndConnection) {
  RequestHead head;
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\n\r\n", head));
  EXPECT_FALSE(head.keep_alive);
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", head));
  EXPECT_TRUE(head.keep_alive);
  ASSERT_FALSE(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, close\r\n\r\n", head));
  EXPECT_FALSE(head.keep_alive);
}

TEST(RequestHead, AnyCloseAmongSeveralConnectionLinesCloses) {
  RequestHead head;
  ASSERT_FALSE(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: x\r\n\r\n", head));
  EXPECT_FALSE(head.keep_alive);
}

TEST(RequestHead, ThePathOfAnAbsoluteTargetBeginsBehindItsHost) {
  struct {
    const char* target;
    const char* path;
    const char* query;
  } const cases[] = {{"http://h:80/v1/models?x=1", "/v1/models", "x=1"},
                     {"https://h", "/", ""},
                     {"http://h?next=/admin/users", "/", "next=/admin/users"}};
  for (const auto& c : cases) {
    RequestHead head;
    const std::string text = std::string("GET ") + c.target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    ASSERT_FALSE(parse(text, head)) << c.target;
    EXPECT_EQ(head.path, c.path) << c.target;
    EXPECT_EQ(head.query, c.query) << c.target;
  }
}

struct BadHead {
  const char* text;
  int status;
};

class MalformedHead : public testing::TestWithParam<BadHead> {};

TEST_P(MalformedHead, IsRefusedWithItsStatus) {
  RequestHead head;
  EXPECT_EQ(parse(GetParam().text, head).status, GetParam().status) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedHead,
    testing::Values(
        BadHead{"GET /\r\n\r\n", 400}, BadHead{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400}, BadHead{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        BadHead{"GET / http/1.1\r\nHost: a\r\n\r\n", 400}, BadHead{"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        BadHead{"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400}, BadHead{"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        BadHead{"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400}, BadHead{"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        BadHead{"GET http://?x HTTP/1.1\r\nHost: a\r\n\r\n", 400}, BadHead{"GET / HTTP/1.1\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400}, BadHead{"GET / HTTP/1.1\r\nHost: a\r\n x: y\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400}, BadHead{"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", 400},
        BadHead{"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400}, BadHead{"GET / HTTP/1.1\nHost: a\n\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadHead{"POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417}));

TEST(RequestHead, RefusesTooManyHeadersAndTooLongTargets) {
  RequestHead head;
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(parse(many + "\r\n", head).status, 431);
  EXPECT_EQ(parse("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", head).status, 414);
}

TEST(FindHeadEnd, FindsTheSameEndHoweverTheBytesArrive) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::size_t searched = 0, found = 0;
    for (std::size_t have = step; found == 0; have = std::min(have + step, text.size()))
      found = find_head_end(std::string_view(text).substr(0, have), searched);
    EXPECT_EQ(found, text.size() - 4);
  }
}

TEST(ResponseHead, KnowsHowTheBodyEnds) {
  ResponseHead head;
  ASSERT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", head));
  EXPECT_TRUE(head.framing.chunked);
  ASSERT_FALSE(parse_response_head("HTTP/1.1 200\r\n\r\n", head));
  EXPECT_TRUE(head.framing.until_close);
  EXPECT_FALSE(head.keep_alive);
  ASSERT_FALSE(parse_response_head("HTTP/1.1 204 No Content\r\n\r\n", head));
  EXPECT_EQ(head.framing.content_length, 0u);
  EXPECT_TRUE(parse_response_head("HTTP/1.1 20 OK\r\n\r\n", head));
  EXPECT_TRUE(parse_response_head("ICY 200 OK\r\n\r\n", head));
}

}  // namespace
}  // namespace ktl::net

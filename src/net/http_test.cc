// The real server and the real client over real loopback sockets.
#include <string>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_server.h"

namespace ktl::net {
namespace {

constexpr Millis kLong{5000};

Task<void> echo(HttpExchange& x) {
  if (x.head().path == "/early") {
    co_await x.reply(429, "x-early: yes\r\n", "no");
    co_return;
  }
  if (x.head().path == "/nothing") co_return;
  auto body = co_await x.read_body(1 << 20);
  if (!body) co_return;
  if (x.head().path == "/stream") {
    x.start_stream(200, "content-type: text/event-stream\r\n");
    for (int i = 0; i < 5; ++i) {
      const bool sent = co_await x.write("data: " + std::to_string(i) + "\n\n");
      if (!sent) co_return;
    }
    co_await x.finish();
    co_return;
  }
  const std::string answer = std::string(x.head().method) + " " + std::string(x.head().target) + " " + std::string(*body);
  co_await x.reply(200, "content-type: text/plain\r\n", answer);
}

struct Fixture : testing::Test {
  EventLoop loop;
  ServerOptions options;
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;

  void start(Handler handler = echo) {
    options.error_answer = [](int, std::string_view reason) {
      return ServerOptions::ErrorAnswer{"content-type: text/plain\r\n", std::string(reason)};
    };
    server = std::make_unique<HttpServer>(loop, options, std::move(handler));
    auto bound = server->listen("127.0.0.1", 0);
    ASSERT_TRUE(bound) << bound.error().message;
    port = *bound;
  }
  Address address() { return resolve("127.0.0.1", port)->front(); }

  // Runs `test` to its end, then drains the server so that nothing is left.
  void run(Task<void> test) {
    loop.spawn(finish_with(std::move(test)));
    loop.run();
    EXPECT_EQ(loop.spawned(), 0u);
  }
  Task<void> finish_with(Task<void> test) {
    co_await test;
    server->drain();
    while (server->open_connections() > 0) co_await loop.sleep(Millis(1));
    loop.stop();
  }

  // Sends raw bytes on a new connection and collects whatever the server answers until it closes or `enough` is there.
  Task<std::string> raw(std::string bytes, std::string_view enough = {}) {
    auto connection = co_await ClientConnection::connect(loop, address(), kLong);
    if (!connection) co_return "connect failed";
    RawPeer peer(**connection);
    co_return co_await peer.exchange(std::move(bytes), enough);
  }

  struct RawPeer {
    explicit RawPeer(ClientConnection& c) : connection(c) {}
    Task<std::string> exchange(std::string bytes, std::string_view enough) {
      const std::string_view part = bytes;
      auto sent = co_await connection.send({&part, 1}, kLong);
      if (!sent) co_return "send failed";
      auto head = co_await connection.read_head(kLong);
      if (!head) co_return "closed";
      std::string answer = std::to_string((*head)->status) + " ";
      while (!connection.all_received() && (enough.empty() || answer.find(enough) == std::string::npos)) {
        auto more = co_await connection.receive(kLong);
        if (!more) break;
      }
      answer += connection.body();
      connection.consume(connection.body().size());
      co_return answer;
    }
    ClientConnection& connection;
  };
};

TEST_F(Fixture, AnswersSeveralRequestsOnOneConnection) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    ClientPool pool(f.loop, f.address(), {});
    for (int i = 0; i < 3; ++i) {
      auto connection = co_await pool.acquire();
      if (!connection) ADD_FAILURE() << connection.error().message;
      Fixture::RawPeer peer(**connection);
      const std::string got = co_await peer.exchange("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", {});
      EXPECT_EQ(got, "200 POST /a hi");
      EXPECT_TRUE((*connection)->reusable());
      pool.give_back(std::move(*connection));
      EXPECT_EQ(pool.idle(), 1u);
    }
    EXPECT_EQ(f.server->open_connections(), 1u);
  };
  run(test(*this));
}

TEST_F(Fixture, TakesBodiesOfEverySizeAndBothFramings) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    for (const std::size_t size : {0u, 1u, 4000u, 8000u, 8192u, 20000u, 300000u}) {
      const std::string body(size, 'b');
      const std::string sized = co_await f.raw("POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
                                               "\r\n\r\n" + body);
      EXPECT_EQ(sized, "200 POST /s " + body);
      std::string wire = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
      char line[32];
      for (std::size_t at = 0; at < size; at += 7000) {
        const std::size_t n = std::min<std::size_t>(7000, size - at);
        std::snprintf(line, sizeof line, "%zx\r\n", n);
        wire += line + body.substr(at, n) + "\r\n";
      }
      const std::string chunked = co_await f.raw(wire + "0\r\n\r\n");
      EXPECT_EQ(chunked, "200 POST /c " + body);
    }
  };
  run(test(*this));
}

TEST_F(Fixture, AnswersBeforeTheBodyArrivesAndKeepsTheConnection) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    auto connection = co_await ClientConnection::connect(f.loop, f.address(), kLong);
    Fixture::RawPeer peer(**connection);
    const std::string early = co_await peer.exchange("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n", {});
    EXPECT_EQ(early, "429 no");
    const std::string next = co_await peer.exchange("lateGET /x HTTP/1.1\r\nHost: h\r\n\r\n", {});
    EXPECT_EQ(next, "200 GET /x ");
  };
  run(test(*this));
}

TEST_F(Fixture, ClosesAfterAnEarlyAnswerToAHugeBody) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    const std::string got = co_await f.raw("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\npart");
    EXPECT_EQ(got, "429 no");
  };
  run(test(*this));
}

TEST_F(Fixture, ServesPipelinedRequestsInOrder) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    auto connection = co_await ClientConnection::connect(f.loop, f.address(), kLong);
    Fixture::RawPeer peer(**connection);
    const std::string first =
        co_await peer.exchange("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", {});
    EXPECT_EQ(first, "200 GET /1 ");
    // Both in one segment; the second answer closes, so the body of the first is followed by the whole second answer.
    const std::string_view both = "GET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    auto sent = co_await (*connection)->send({&both, 1}, kLong);
    EXPECT_TRUE(sent);
    auto head = co_await (*connection)->read_head(kLong);
    EXPECT_TRUE(head);
    EXPECT_EQ((*connection)->body(), "GET /2 ");
  };
  run(test(*this));
}

TEST_F(Fixture, MalformedHeadsGetTheServersOwnAnswer) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    const std::string bad = co_await f.raw("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
    EXPECT_EQ(bad, "400 invalid character in a header name");
    const std::string big = co_await f.raw("GET / HTTP/1.1\r\nX: " + std::string(40000, 'x') + "\r\n\r\n");
    EXPECT_EQ(big, "431 request head too large");
    const std::string chunk = co_await f.raw("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    EXPECT_EQ(chunk, "400 malformed chunked body");
    const std::string large = co_await f.raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
    EXPECT_EQ(large, "413 request body too large");
    const std::string none = co_await f.raw("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(none, "500 no answer was produced");
  };
  run(test(*this));
}

TEST_F(Fixture, ASlowHeadAndASlowBodyAreTimedOut) {
  options.head_timeout = Millis(20);
  options.body_idle_timeout = Millis(20);
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    const std::string head = co_await f.raw("GET / HT");
    EXPECT_EQ(head, "408 request head not received in time");
    const std::string body = co_await f.raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(body, "408 request body not received in time");
  };
  run(test(*this));
}

TEST_F(Fixture, StreamsChunksAndSendsContinue) {
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    const std::string stream = co_await f.raw("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(stream, "200 data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
    const std::string old = co_await f.raw("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old, stream);
    // The client connection skips the interim 100.
    auto connection = co_await ClientConnection::connect(f.loop, f.address(), kLong);
    const std::string_view head = "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    const std::string_view body = "ok";
    auto sent = co_await (*connection)->send({&head, 1}, kLong);
    EXPECT_TRUE(sent);
    co_await f.loop.sleep(Millis(1));
    auto sent_body = co_await (*connection)->send({&body, 1}, kLong);
    EXPECT_TRUE(sent_body);
    auto answer = co_await (*connection)->read_head(kLong);
    EXPECT_TRUE(answer);
    EXPECT_EQ((*connection)->body(), "POST /e ok");
  };
  run(test(*this));
}

TEST_F(Fixture, AHandlerLearnsAtOnceThatTheClientLeft) {
  struct Seen {
    bool started = false, gone = false;
  };
  Seen seen;
  const auto handler = [&seen](HttpExchange& x) -> Task<void> {
    seen.started = true;
    x.on_client_gone([&seen] { seen.gone = true; });
    while (!seen.gone) co_await x.loop().sleep(Millis(1));
    EXPECT_TRUE(x.client_gone());
    EXPECT_FALSE(co_await x.reply(200, "", "late") && !x.client_gone());
  };
  start(handler);
  const auto test = [](Fixture& f, Seen& s) -> Task<void> {
    {
      auto connection = co_await ClientConnection::connect(f.loop, f.address(), kLong);
      const std::string_view head = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";
      auto sent = co_await (*connection)->send({&head, 1}, kLong);
      EXPECT_TRUE(sent);
      while (!s.started) co_await f.loop.sleep(Millis(1));
    }
    while (!s.gone) co_await f.loop.sleep(Millis(1));
  };
  run(test(*this, seen));
}

TEST_F(Fixture, APooledConnectionThatTheServerClosedIsNotUsedAgain) {
  options.keep_alive_timeout = Millis(5);
  start();
  const auto test = [](Fixture& f) -> Task<void> {
    ClientPool pool(f.loop, f.address(), {});
    auto connection = co_await pool.acquire();
    Fixture::RawPeer peer(**connection);
    const std::string got = co_await peer.exchange("GET /a HTTP/1.1\r\nHost: h\r\n\r\n", {});
    EXPECT_EQ(got, "200 GET /a ");
    pool.give_back(std::move(*connection));
    while (f.server->open_connections() > 0) co_await f.loop.sleep(Millis(1));
    auto next = co_await pool.acquire();
    EXPECT_TRUE(next && (*next)->fresh());
  };
  run(test(*this));
}

TEST_F(Fixture, ConnectingToAClosedPortIsAnErrorWorthRetrying) {
  start();
  const Address there = address();
  const auto test = [](Fixture& f, Address at) -> Task<void> {
    f.server->drain();
    auto connection = co_await ClientConnection::connect(f.loop, at, kLong);
    EXPECT_FALSE(connection);
    EXPECT_TRUE(connection || connection.error().retry == Retry::yes);
  };
  run(test(*this, there));
}

}  // namespace
}  // namespace ktl::net

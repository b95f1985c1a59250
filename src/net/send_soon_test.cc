// What is sent at the end of the turn: nothing is lost, nothing overtakes, and a slow or vanished peer is noticed.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "net/address.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace ktl::net {
namespace {

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

std::string take_all(int fd) {
  std::string got;
  char piece[4096];
  for (ssize_t bytes = 0; (bytes = ::recv(fd, piece, sizeof piece, MSG_DONTWAIT)) > 0;)
    got.append(piece, static_cast<std::size_t>(bytes));
  return got;
}

struct Pair : testing::Test {
  void SetUp() override {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    peer = fds[1];
    socket = std::make_unique<Socket>(loop, fds[0]);
  }
  void TearDown() override { hang_up(); }

  void hang_up() {
    if (peer >= 0) ::close(peer);
    peer = -1;
  }
  void turn() {
    Timer end;
    loop.arm(end, loop.now(), [this] { loop.stop(); });
    loop.run();
  }
  bool soon(std::string_view text) {
    const iovec one = part(text);
    return socket->send_soon({&one, 1});
  }

  EventLoop loop;
  std::unique_ptr<Socket> socket;
  int peer = -1;
};

TEST_F(Pair, WhatWasTakenLeavesInOrderAtTheEndOfTheTurnAndNotBefore) {
  const iovec two[] = {part("one "), part("two ")};
  ASSERT_TRUE(socket->send_soon(two));
  ASSERT_TRUE(soon("three"));
  EXPECT_EQ(take_all(peer), "");
  turn();
  EXPECT_EQ(take_all(peer), "one two three");
  EXPECT_EQ(socket->unsent(), 0u);
}

TEST_F(Pair, TooMuchAtOnceIsNotTakenAtAll) {
  ASSERT_TRUE(soon(std::string(Socket::kSoonBytes, 'a')));
  EXPECT_FALSE(soon("b"));
  turn();
  EXPECT_EQ(take_all(peer), std::string(Socket::kSoonBytes, 'a'));
  EXPECT_FALSE(soon(std::string(Socket::kSoonBytes + 1, 'c')));
  EXPECT_EQ(socket->unsent(), 0u);
}

TEST_F(Pair, APeerThatDoesNotReadHoldsUpOnlyABoundedRest) {
  std::string sent;
  for (int i = 0;; ++i) {
    const std::string text(1000, static_cast<char>('a' + i % 26));
    if (!soon(text)) break;
    sent += text;
    turn();
    ASSERT_LT(sent.size(), 50u << 20) << "the kernel takes no end of bytes";
  }
  EXPECT_GT(socket->unsent(), 0u);
  EXPECT_LE(socket->unsent(), Socket::kSoonBytes);
  // It goes on by itself as soon as the peer reads.
  std::string got;
  for (int i = 0; got.size() < sent.size() && i < 100'000; ++i) {
    got += take_all(peer);
    turn();
  }
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(soon("again"));
}

TEST_F(Pair, APeerThatLeftIsFoundByTheFlushAndNothingIsKeptForIt) {
  ASSERT_TRUE(soon("lost"));
  hang_up();
  turn();
  EXPECT_EQ(socket->unsent(), 0u);
  EXPECT_FALSE(soon("more"));
  EXPECT_EQ(socket->flush(), Socket::Io::closed);
}

TEST_F(Pair, ASocketThatDiesWithUnsentBytesIsForgottenByTheLoop) {
  ASSERT_TRUE(soon("never"));
  socket.reset();
  turn();
  EXPECT_EQ(take_all(peer), "");
}

// A client of the HTTP server that reads a little at a time.
Task<std::string> read_slowly(EventLoop& loop, int fd, std::string request) {
  EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string got;
  char piece[3000];
  for (;;) {
    const ssize_t bytes = ::recv(fd, piece, sizeof piece, MSG_DONTWAIT);
    if (bytes == 0) co_return got;
    if (bytes < 0) {
      co_await loop.sleep(Millis(1));
      continue;
    }
    got.append(piece, static_cast<std::size_t>(bytes));
    if (got.size() % 16 == 0) co_await loop.sleep(Millis(1));
  }
}

struct Served {
  EventLoop loop;
  std::string expected;  // the body
  std::string got;       // head and body

  // Serves one request to a slow client and returns when both are done.
  void run(Handler handler) {
    HttpServer server(loop, {}, std::move(handler));
    const auto port = server.listen("127.0.0.1", 0);
    ASSERT_TRUE(port) << port.error().message;
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int small = 4096;
    ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    const Address to = resolve("127.0.0.1", *port)->front();
    ASSERT_EQ(::connect(fd, to.raw(), to.length), 0);
    loop.spawn(play(server, fd));
    loop.run();
    ::close(fd);
    EXPECT_EQ(loop.spawned(), 0u);
  }
  Task<void> play(HttpServer& server, int fd) {
    got = co_await read_slowly(loop, fd, "GET / HTTP/1.0\r\n\r\n");
    server.drain();
    while (server.open_connections() > 0) co_await loop.sleep(Millis(1));
    loop.stop();
  }
  std::string body() const { return got.substr(got.find("\r\n\r\n") + 4); }
};

TEST(SlowClient, GetsAStreamOfSmallAndLargePiecesWholeAndInOrder) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Served served;
    const auto handler = [&served, seed](HttpExchange& x) -> Task<void> {
      Rng rng(seed);
      x.start_stream(200, "");
      for (int i = 0; i < 200; ++i) {
        const std::string text(1 + rng.below(i % 20 == 0 ? 60'000 : 400), static_cast<char>('a' + i % 26));
        served.expected += text;
        const bool sent = co_await x.write(text);
        EXPECT_TRUE(sent);
        if (rng.below(4) == 0) co_await x.loop().sleep(Millis(0));
      }
      co_await x.finish();
    };
    served.run(handler);
    EXPECT_TRUE(served.body() == served.expected)
        << "seed " << seed << ": " << served.body().size() << " of " << served.expected.size() << " bytes";
  }
}

TEST(SlowClient, GetsAnAnswerOfAnySizeWholeBeforeTheConnectionCloses) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, Socket::kSoonBytes - 100, Socket::kSoonBytes,
                                 std::size_t{300'000}, std::size_t{5'000'000}}) {
    Served served;
    served.expected.assign(size, 'x');
    const auto handler = [&served](HttpExchange& x) -> Task<void> { co_await x.reply(200, "", served.expected); };
    served.run(handler);
    EXPECT_EQ(served.body().size(), size);
  }
}

}  // namespace
}  // namespace ktl::net

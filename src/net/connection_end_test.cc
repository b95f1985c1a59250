// How connections end: which may carry another request, what a canceled one does, and a server that is closed while
// everything is under way.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_server.h"

namespace ktl::net {
namespace {

constexpr Millis kLong{5000};

// One connection of a server that says what it is told to, whatever HTTP thinks of it.
class CannedServer {
 public:
  // Answers the first request with `answer`, and later, when told, says `more`.
  CannedServer(std::string answer, std::string more) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    ::bind(listening_, reinterpret_cast<sockaddr*>(&at), length);
    ::listen(listening_, 4);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &length);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), more = std::move(more)] { serve(answer, more); });
  }
  ~CannedServer() {
    say_more();
    thread_.join();
    if (connection_ >= 0) ::close(connection_);
    ::close(listening_);
  }
  Address address() const { return resolve("127.0.0.1", port_)->front(); }
  void say_more() {
    may_say_more_ = true;
    may_say_more_.notify_all();
  }
  bool said_all() const { return said_all_; }

 private:
  void serve(const std::string& answer, const std::string& more) {
    connection_ = ::accept(listening_, nullptr, nullptr);
    std::string request;
    char piece[512];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto got = ::recv(connection_, piece, sizeof piece, 0);
      if (got <= 0) return;
      request.append(piece, static_cast<std::size_t>(got));
    }
    say(answer);
    may_say_more_.wait(false);
    say(more);
    said_all_ = true;
  }
  void say(const std::string& text) { ::send(connection_, text.data(), text.size(), MSG_NOSIGNAL); }

  int listening_ = -1;
  int connection_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> may_say_more_{false};
  std::atomic<bool> said_all_{false};
  std::thread thread_;
};

const std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kStray = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother";

Task<void> expect_not_reusable(EventLoop& loop, const CannedServer& server, int status) {
  ClientPool pool(loop, server.address(), {});
  auto connection = co_await pool.acquire();
  auto sent = co_await (*connection)->send({&kGet, 1}, kLong);
  auto head = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(sent && head && (*head)->status == status);
  EXPECT_TRUE((*connection)->all_received());
  (*connection)->consume((*connection)->body().size());
  EXPECT_FALSE((*connection)->reusable());
  loop.stop();
}

TEST(ClientConnection, IsNotReusedWhenBytesFollowAnAnswerWithoutABody) {
  for (const char* head : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"}) {
    EventLoop loop;
    CannedServer server(head + kStray, "");
    loop.spawn(expect_not_reusable(loop, server, 204));
    loop.run();
  }
  EventLoop loop;
  CannedServer server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" + kStray, "");
  loop.spawn(expect_not_reusable(loop, server, 200));
  loop.run();
}

Task<void> expect_dropped_after_a_stray_answer(EventLoop& loop, CannedServer& server) {
  ClientPool pool(loop, server.address(), {});
  auto connection = co_await pool.acquire();
  auto sent = co_await (*connection)->send({&kGet, 1}, kLong);
  auto head = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(sent && head);
  while (!(*connection)->all_received()) {
    auto more = co_await (*connection)->receive(kLong);
    if (!more) break;
  }
  (*connection)->consume((*connection)->body().size());
  EXPECT_TRUE((*connection)->reusable());
  pool.give_back(std::move(*connection));
  EXPECT_EQ(pool.idle(), 1u);
  server.say_more();
  while (!server.said_all()) co_await loop.sleep(Millis(1));
  co_await loop.sleep(Millis(1));  // a turn of the loop, in which the kernel announces it
  auto next = co_await pool.acquire();
  EXPECT_TRUE(next && (*next)->fresh());
  EXPECT_EQ(pool.idle(), 0u);
  loop.stop();
}

TEST(ClientPool, DropsAnIdleConnectionOnWhichTheServerSpokeUnasked) {
  EventLoop loop;
  CannedServer server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", kStray);
  loop.spawn(expect_dropped_after_a_stray_answer(loop, server));
  loop.run();
}

Task<void> expect_canceled(EventLoop& loop, const CannedServer& server) {
  auto connection = co_await ClientConnection::connect(loop, server.address(), kLong);
  auto sent = co_await (*connection)->send({&kGet, 1}, kLong);
  EXPECT_TRUE(sent);
  (*connection)->cancel();
  auto head = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(!head && head.error().code == ErrorCode::canceled);
  EXPECT_FALSE((*connection)->reusable());
  loop.stop();
}

TEST(ClientConnection, ACancelWhileNobodyWaitsEndsTheNextWait) {
  EventLoop loop;
  CannedServer server("", "");
  loop.spawn(expect_canceled(loop, server));
  loop.run();
}

// ---- The server side

ServerOptions plain_errors() {
  ServerOptions options;
  options.error_answer = [](int, std::string_view reason) {
    return ServerOptions::ErrorAnswer{"content-type: text/plain\r\n", std::string(reason)};
  };
  return options;
}

Task<void> answer_ok(HttpExchange& x) {
  co_await x.reply(200, "", "ok");
}

Task<void> expect_a_body_after_head(EventLoop& loop, HttpServer& server, Address address) {
  auto connection = co_await ClientConnection::connect(loop, address, kLong);
  // The client side knows no HEAD, so the 200 is left unread: both answers are taken as they come.
  const std::string_view both = "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\nX: ";
  const std::string filler(9000, 'x');  // the head gets memory of its own, which is freed when it is done
  const std::string_view end = "\r\n\r\n";
  const std::string_view head_request[3] = {both, filler, end};
  auto sent = co_await (*connection)->send(head_request, kLong);
  auto first = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(sent && first && (*first)->status == 200);
  const std::string_view bad = "BAD\r\n\r\n";
  auto sent_bad = co_await (*connection)->send({&bad, 1}, kLong);
  auto second = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(sent_bad && second && (*second)->status == 400);
  while (!(*connection)->all_received()) {
    auto more = co_await (*connection)->receive(kLong);
    if (!more) break;
  }
  EXPECT_EQ((*connection)->body(), "malformed request line");
  connection->reset();
  server.drain();
  while (server.open_connections() > 0) co_await loop.sleep(Millis(1));
  loop.stop();
}

TEST(HttpServer, AMalformedHeadAfterAHeadRequestIsAnsweredWithABody) {
  EventLoop loop;
  HttpServer server(loop, plain_errors(), answer_ok);
  const Address address = resolve("127.0.0.1", *server.listen("127.0.0.1", 0))->front();
  loop.spawn(expect_a_body_after_head(loop, server, address));
  loop.run();
}

struct Ends {
  int told = 0, unread = 0, unwritten = 0;
};

Task<void> take_forever(HttpExchange& x, Ends& ends) {
  if (x.head().path == "/told") {
    bool gone = false;
    x.on_client_gone([&gone] { gone = true; });
    while (!gone) co_await x.loop().sleep(Millis(1));
    ++ends.told;
  } else if (x.head().path == "/body") {
    auto body = co_await x.read_body(1 << 20);
    if (!body) ++ends.unread;
  } else if (x.head().path == "/slow-reader") {
    x.start_stream(200, "");
    const std::string much(1 << 20, 'm');
    bool taken = true;
    while (taken) taken = co_await x.write(much);
    ++ends.unwritten;
  } else {
    co_await x.reply(200, "", "ok");
  }
}

Task<void> close_in_the_middle(EventLoop& loop, HttpServer& server, Address address) {
  std::vector<std::unique_ptr<ClientConnection>> clients;
  for (const std::string_view request :
       {"GET /idle HTTP/1.1\r\nHost: h\r\n\r\n", "GET /told HTTP/1.1\r\nHost: h\r\n\r\n", "GET /cut HTTP",
        "POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
        "GET /slow-reader HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    auto connection = co_await ClientConnection::connect(loop, address, kLong);
    auto sent = co_await (*connection)->send({&request, 1}, kLong);
    EXPECT_TRUE(sent);
    clients.push_back(std::move(*connection));
  }
  while (server.active_exchanges() < 3 || server.open_connections() < 5) co_await loop.sleep(Millis(1));
  server.close_all();
  while (server.open_connections() > 0) co_await loop.sleep(Millis(1));
  EXPECT_EQ(server.active_exchanges(), 0u);
  loop.stop();
}

TEST(HttpServer, CloseAllEndsEveryConnectionWhateverItIsDoing) {
  EventLoop loop;
  Ends ends;
  const Handler handler = [&ends](HttpExchange& x) { return take_forever(x, ends); };
  HttpServer server(loop, plain_errors(), handler);
  const Address address = resolve("127.0.0.1", *server.listen("127.0.0.1", 0))->front();
  loop.spawn(close_in_the_middle(loop, server, address));
  loop.run();
  EXPECT_EQ(loop.spawned(), 0u);
  EXPECT_EQ(ends.told, 1);
  EXPECT_EQ(ends.unread, 1);
  EXPECT_EQ(ends.unwritten, 1);
}

}  // namespace
}  // namespace ktl::net

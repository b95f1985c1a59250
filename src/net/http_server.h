#pragma once
// The HTTP/1.1 server side: connections, keep-alive, pipelining, framing, time limits. What a request means is the
// handler's business; a handler is a coroutine that runs on the connection's event loop and never blocks.
//
//   Task<void> handler(HttpExchange& x) {
//     auto body = co_await x.read_body(1 << 20);
//     if (!body) co_return;                       // the server answers 400/408/413 by itself
//     co_await x.reply(200, "content-type: application/json\r\n", "{}");
//   }
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/task.h"

namespace ktl::net {

class ServerConnection;

// Bytes on their way to the client. They are handed to the kernel before this object exists; only what it did not take
// is waited for (so the usual write costs no coroutine). Await it at once.
class [[nodiscard]] Sending {
 public:
  explicit Sending(bool done) : done_(done) {}
  explicit Sending(Task<bool> rest) : rest_(std::move(rest)) {}
  bool await_ready() const noexcept { return !rest_; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept { return rest_->await_suspend(waiter); }
  bool await_resume() { return rest_ ? rest_->await_resume() : done_; }

 private:
  bool done_ = false;
  std::optional<Task<bool>> rest_;
};

// One request and its one response. Lives while the handler runs. Single-threaded (the connection's loop).
class HttpExchange {
 public:
  explicit HttpExchange(ServerConnection& connection);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  const RequestHead& head() const;
  EventLoop& loop() const;
  bool peer_is_loopback() const;
  std::string peer_address() const;

  // The whole request body, decoded. Sends "100 Continue" if the client waits for it. The view lives as long as the
  // exchange and has 64 readable bytes of slack behind it (simdjson). Call at most once.
  // Errors, all of source client: invalid (broken framing), too_large, timeout, closed. After an error a handler may
  // reply itself; if it does not, the server answers in the error shape of ServerOptions.
  Task<Result<std::string_view>> read_body(std::size_t max_bytes);

  // The response, in one of two forms. `header_lines` are complete lines, each ending with CRLF; the server adds
  // date-free framing headers itself (content-length or transfer-encoding, connection when it closes).
  // All return false when the client is gone: stop producing then.
  Sending reply(int status, std::string_view header_lines, std::string_view body);

  void start_stream(int status, std::string_view header_lines);  // sent with the first write
  Sending write(std::string_view data);                          // one HTTP chunk; waits only when the client is slow
  Sending write_last(std::string_view data);                     // the same, and ends the response
  Sending finish() { return write_last({}); }

  // For streams that go on for long: what the kernel may hold for a client that does not read. Bytes.
  void limit_send_buffer(int bytes);
  // Gives the client up: for the handler it looks as if the client left. A write that waits ends a moment later.
  void break_off();

  bool response_started() const;
  // The client closed or reset the connection. Found out also while nobody reads or writes.
  bool client_gone() const;
  // Called once, on the loop, at the moment the client is gone (at once if it is already); not called after the exchange
  // ended. Null clears it.
  void on_client_gone(std::function<void()> callback);

 private:
  ServerConnection& connection_;
};

using Handler = std::function<Task<void>(HttpExchange&)>;

struct ServerOptions {
  std::size_t max_head_bytes = 32 * 1024;
  Millis head_timeout{10'000};        // from the first byte of a head to its end
  Millis body_idle_timeout{20'000};   // between two pieces of a body
  Millis keep_alive_timeout{75'000};  // between two requests
  Millis write_timeout{60'000};       // without progress while the client does not read
  std::size_t max_connections = 20'000;
  // Body and header lines of the answers that the server gives by itself: 400, 408, 411, 413, 414, 431, 501, 505.
  struct ErrorAnswer {
    std::string header_lines;
    std::string body;
  };
  std::function<ErrorAnswer(int status, std::string_view reason)> error_answer;
};

// Listens on one loop. Several servers on several loops may listen on the same port (SO_REUSEPORT).
class HttpServer {
 public:
  HttpServer(EventLoop& loop, ServerOptions options, Handler handler);
  ~HttpServer();

  // port 0 picks a free one. Error: io or conflict with the address in the message.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  // No new connections; idle ones are closed; those with a request in progress end after it.
  void drain();
  // drain(), and every connection is shut: for its handler it looks as if the client left. The end of a shutdown; let
  // the loop run until open_connections() is 0, then no coroutine is left behind.
  void close_all();
  std::size_t open_connections() const;
  std::size_t active_exchanges() const;

  struct Impl;

 private:
  class Listener;
  std::shared_ptr<Impl> impl_;
  std::unique_ptr<Listener> listener_;
};

// The standard phrase: 404 -> "Not Found".
std::string_view reason_phrase(int status);

}  // namespace ktl::net

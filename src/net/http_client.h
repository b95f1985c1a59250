#pragma once
// The HTTP/1.1 client side: one connection to an upstream, used for one exchange at a time, and the pool that keeps
// idle ones. All on one loop.
//
//   auto connection = co_await pool.acquire(timeout);
//   co_await connection->send(parts, timeout);
//   auto head = co_await connection->read_head(timeout);
//   while (!connection->body_complete()) { use(connection->body()); connection->consume(n); co_await
//   connection->receive(t); } pool.give_back(std::move(connection));          // kept only if it can carry another
//   exchange
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "net/byte_buffer.h"
#include "net/chunked_decoder.h"
#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/socket.h"
#include "net/task.h"

namespace ktl::net {

// Errors of all operations have source upstream: timeout, closed, canceled, io (connect), invalid (broken HTTP).
// Error::retry is yes if the engine cannot have seen the request (connect failed), or if a pooled connection broke
// before a single byte of an answer (the engine closed it while it was idle).
class ClientConnection {
 public:
  // 0 timeout = none.
  static Task<Result<std::unique_ptr<ClientConnection>>> connect(EventLoop& loop, Address address, Millis timeout);
  ~ClientConnection();

  // Sends all parts; small requests at the end of this turn of the loop, and then a connection that breaks under them
  // is found by read_head(). The parts must stay valid until it returns.
  Task<Result<void>> send(std::span<const std::string_view> parts, Millis timeout);
  // Waits for the head of the answer (1xx are skipped). Views live until the next receive().
  Task<Result<const ResponseHead*>> read_head(Millis timeout);

  // Decoded body bytes that have arrived and are not consumed. Views live until the next receive().
  std::string_view body() const { return in_.view().substr(0, decoded_); }
  void consume(std::size_t bytes);
  bool body_complete() const { return body_complete_ && decoded_ == 0; }
  bool all_received() const { return body_complete_; }
  // Waits for more of the body; what is not consumed stays in front. It may return without anything new: look at body()
  // and all_received(), and ask again. Error timeout: nothing came for that long.
  // An awaiter of its own, not a coroutine: streams wait here for each of their events.
  struct Receiving {
    ClientConnection& connection;
    Socket::Awaiter socket;
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiter) { socket.await_suspend(waiter); }
    Result<void> await_resume();
  };
  Receiving receive(Millis timeout) { return {*this, socket_.readable(timeout)}; }

  // Gives the exchange up: the current wait, or else the next operation, ends with `canceled`. A waiter runs before
  // this returns, and may destroy the connection.
  void cancel() {
    canceled_ = true;
    socket_.cancel();
  }
  bool reusable() const {
    return body_complete_ && decoded_ == 0 && head_.keep_alive && !broken_ && !canceled_ && socket_.unsent() == 0 &&
           !socket_.hung_up();
  }
  bool fresh() const { return exchanges_ <= 1; }
  MonoTime idle_since() const { return idle_since_; }

 private:
  friend class ClientPool;
  // Said anything while idle, be it the end: an answer to nothing must not become the answer to the next request.
  bool spoke_while_idle() const { return socket_.hung_up() || socket_.announced(); }
  ClientConnection(EventLoop& loop, int fd);
  void decode_received();
  void start_exchange();
  tl::unexpected<Error> failed(ErrorCode code, std::string_view what);
  // Takes what the wait brought: one recv at most. Ok also if that brought nothing.
  Result<void> take(Wait outcome);

  static constexpr std::size_t kMaxHead = 64 * 1024;

  Socket socket_;
  ByteBuffer in_;            // [decoded body][raw bytes]
  std::size_t decoded_ = 0;  // length of the decoded part
  ResponseHead head_;
  std::string head_bytes_;  // the head's text: in_ moves on
  ChunkedDecoder chunks_;
  std::uint64_t length_left_ = 0;
  bool head_read_ = false;
  bool body_complete_ = false;
  bool broken_ = false;
  bool canceled_ = false;
  bool answered_ = false;  // at least one byte of the current answer came
  std::size_t exchanges_ = 0;
  MonoTime idle_since_{};
};

class ClientPool {
 public:
  struct Options {
    Millis connect_timeout{5'000};
    Millis idle_limit{4'000};  // below the 5 s after which SGLang and vLLM close idle connections
    std::size_t max_idle = 512;
  };
  ClientPool(EventLoop& loop, Address address, Options options);

  // An idle connection, or a new one.
  Task<Result<std::unique_ptr<ClientConnection>>> acquire();
  Task<Result<std::unique_ptr<ClientConnection>>> acquire_fresh();
  void give_back(std::unique_ptr<ClientConnection> connection);
  std::size_t idle() const { return idle_.size(); }
  void clear() { idle_.clear(); }

 private:
  void drop_stale();

  EventLoop& loop_;
  Address address_;
  Options options_;
  std::vector<std::unique_ptr<ClientConnection>> idle_;  // most recently used last
};

}  // namespace ktl::net

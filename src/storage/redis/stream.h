#pragma once
// One byte stream to a server: TCP, and TLS on it if asked. Full duplex: a coroutine connects and then reads; what is
// to be sent is gathered in outbox() and leaves with flush(). Bound to its loop's thread.
//
// It lives while its coroutine runs; close() ends that. Events come from the loop and from within flush(), never from
// within open() or close().
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "net/socket.h"
#include "net/task.h"
#include "storage/redis/tls.h"

namespace ktl::storage::redis {

class StreamEvents {
 public:
  virtual void on_open() = 0;  // connected, TLS established
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_lost(const Error& error) = 0;  // once, also if it never opened; nothing comes after it

 protected:
  ~StreamEvents() = default;
};

class Stream {
 public:
  // Connects at once. `session` null: plain TCP. `events` must live until on_lost or close().
  static std::shared_ptr<Stream> open(net::EventLoop& loop, const net::Address& address,
                                      std::unique_ptr<TlsSession> session, StreamEvents& events);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::string& outbox() { return outbox_; }
  // Sends what is in the outbox, as much as the kernel takes; the rest follows by itself.
  void flush();
  // How many bytes of all that went through the outbox may have left this process.
  std::uint64_t departed() const { return departed_; }
  // Closes at once; no event comes any more. May be called from within an event.
  void close();

 private:
  Stream(std::unique_ptr<TlsSession> session, StreamEvents& events);

  static net::Task<void> run(std::shared_ptr<Stream> self);
  net::Task<Result<void>> connect();
  net::Task<Result<void>> secure();
  net::Task<Result<void>> pump();
  Result<void> receive();
  Result<void> send_some();

  static constexpr std::size_t kInbox = 64 * 1024;

  std::unique_ptr<net::Socket> socket_;
  std::unique_ptr<TlsSession> session_;
  StreamEvents* events_;
  std::string outbox_;  // plain bytes; of those the first outbox_sent_ have left
  std::size_t outbox_sent_ = 0;
  std::string wire_;  // with TLS: encrypted bytes on their way
  std::size_t wire_sent_ = 0;
  // Not the loop's scratch space: what on_bytes resumes may receive on other sockets.
  std::unique_ptr<char[]> inbox_;
  std::string plain_;  // with TLS: decrypted bytes, reused
  std::uint64_t departed_ = 0;
  int connect_error_ = 0;
  bool running_ = false;  // run() has begun and not ended
  bool connected_ = false;
  bool blocked_ = false;  // the kernel takes no more for now
  bool closed_ = false;
};

}  // namespace ktl::storage::redis

#include "storage/redis/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ktl::storage::redis {
namespace {

constexpr Millis kNoTimeout{0};  // whoever opened the stream keeps the time, and closes it

tl::unexpected<Error> lost(std::string why) {
  return fail(ErrorCode::unavailable, ErrorSource::storage, std::move(why));
}

// Forgets the first `sent` bytes, once that is worth moving the rest.
void drop_sent(std::string& bytes, std::size_t& sent) {
  if (sent == bytes.size()) {
    bytes.clear();
    sent = 0;
  } else if (sent > bytes.size() / 2) {
    bytes.erase(0, sent);
    sent = 0;
  }
}

}  // namespace

std::shared_ptr<Stream> Stream::open(net::EventLoop& loop, const net::Address& address,
                                     std::unique_ptr<TlsSession> session, StreamEvents& events) {
  std::shared_ptr<Stream> stream(new Stream(std::move(session), events));
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) stream->socket_ = std::make_unique<net::Socket>(loop, fd);
  if (fd < 0 || (::connect(fd, address.raw(), address.length) != 0 && errno != EINPROGRESS))
    stream->connect_error_ = errno;
  // Later, so that no event comes before the caller has the stream.
  loop.defer([&loop, stream] { loop.spawn_service(run(stream)); });
  return stream;
}

Stream::Stream(std::unique_ptr<TlsSession> session, StreamEvents& events)
    : session_(std::move(session)), events_(&events), inbox_(std::make_unique<char[]>(kInbox)) {}
Stream::~Stream() = default;

void Stream::close() {
  if (closed_) return;
  closed_ = true;
  if (!running_) {
    socket_.reset();
  } else {
    socket_->cancel();  // ends run(), unless that is what calls us
  }
}

net::Task<void> Stream::run(std::shared_ptr<Stream> self) {
  if (self->closed_) co_return;
  self->running_ = true;
  Result<void> outcome = co_await self->connect();
  if (outcome && self->session_ && !self->closed_) outcome = co_await self->secure();
  if (outcome && !self->closed_) {
    self->connected_ = true;
    self->events_->on_open();
    outcome = co_await self->pump();
  }
  self->socket_.reset();
  self->running_ = false;
  if (!std::exchange(self->closed_, true)) self->events_->on_lost(outcome.error());
}

net::Task<Result<void>> Stream::connect() {
  if (connect_error_ != 0) co_return lost(std::string("cannot connect: ") + std::strerror(connect_error_));
  const net::Wait wait = co_await socket_->writable(kNoTimeout);
  if (wait == net::Wait::canceled) co_return lost("canceled");
  if (const int error = socket_->error(); error != 0)
    co_return lost(std::string("cannot connect: ") + std::strerror(error));
  co_return Result<void>();
}

net::Task<Result<void>> Stream::secure() {
  for (;;) {
    const Result<void> step = session_->handshake(wire_);
    const Result<void> sent = send_some();  // also what tells the peer that it is not believed
    if (!step) co_return step;
    if (!sent) co_return sent;
    if (session_->established()) co_return Result<void>();
    co_await socket_->readable(kNoTimeout);  // a handshake's few bytes never fill the kernel's buffer for long
    if (closed_) co_return lost("canceled");
    const auto got = socket_->recv(inbox_.get(), kInbox);
    if (got.status == net::Socket::Io::closed)
      co_return lost("the server closed the connection during the TLS handshake");
    session_->receive({inbox_.get(), got.bytes});
  }
}

// Reads until the end; while the kernel takes no more of ours, waits for that instead.
net::Task<Result<void>> Stream::pump() {
  while (!closed_) {
    if (blocked_) {
      co_await socket_->writable(kNoTimeout);
      if (closed_) break;
      const Result<void> sent = send_some();
      if (!sent) co_return sent;
      if (!socket_->announced()) continue;
    }
    const net::Wait wait = co_await socket_->readable(kNoTimeout);
    if (closed_) break;
    if (wait == net::Wait::canceled) continue;
    const Result<void> received = receive();
    if (!received) co_return received;
  }
  co_return lost("canceled");
}

Result<void> Stream::receive() {
  const auto got = socket_->recv(inbox_.get(), kInbox);
  if (got.status == net::Socket::Io::closed) return lost("the server closed the connection");
  if (got.status == net::Socket::Io::would_block) return {};
  if (!session_) {
    events_->on_bytes({inbox_.get(), got.bytes});
    return {};
  }
  session_->receive({inbox_.get(), got.bytes});
  plain_.clear();
  const Result<void> decrypted = session_->decrypt(plain_, wire_);
  if (!plain_.empty()) events_->on_bytes(plain_);
  if (!decrypted || closed_) return decrypted;
  return send_some();
}

void Stream::flush() {
  if (!connected_ || closed_ || blocked_) return;
  // A broken connection is told by the reading side, which the kernel wakes; here only a full one matters.
  const Result<void> sent = send_some();
  if (!sent || blocked_) socket_->cancel();  // lets pump() wait for the other thing
}

Result<void> Stream::send_some() {
  if (session_ && !outbox_.empty() && session_->established()) {
    departed_ += outbox_.size();
    const Result<void> encrypted = session_->encrypt(outbox_, wire_);
    outbox_.clear();
    if (!encrypted) return encrypted;
  }
  std::string& bytes = session_ ? wire_ : outbox_;
  std::size_t& sent = session_ ? wire_sent_ : outbox_sent_;
  blocked_ = false;
  while (sent < bytes.size()) {
    const iovec part{bytes.data() + sent, bytes.size() - sent};
    const auto out = socket_->send({&part, 1});
    if (out.status == net::Socket::Io::closed) return lost("the server closed the connection");
    if (out.status == net::Socket::Io::would_block) {
      blocked_ = true;
      break;
    }
    sent += out.bytes;
    if (!session_) departed_ += out.bytes;
  }
  drop_sent(bytes, sent);
  return {};
}

}  // namespace ktl::storage::redis

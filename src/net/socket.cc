#include "net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace ktl::net {

Socket::Socket(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  loop_.watch(fd_, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this);
}

Socket::~Socket() {
  if (flush_due_) loop_.forget(*this);
  loop_.unwatch(fd_, *this);
  ::close(fd_);
}

void Socket::Awaiter::await_suspend(std::coroutine_handle<> waiter) {
  KTL_CHECK(!socket.waiter_, "one coroutine waits on a socket at a time");
  socket.waiter_ = waiter;
  socket.waits_for_write_ = for_write;
  if (timeout.count() > 0) {
    const MonoTime at = socket.loop_.now() + timeout;
    if (socket.deadline_.armed()) {
      socket.loop_.rearm(socket.deadline_, at);
    } else {
      Socket* self = &socket;
      socket.loop_.arm(socket.deadline_, at, [self] { self->resume(Wait::timeout); });
    }
  }
}

Wait Socket::Awaiter::await_resume() noexcept {
  const Wait outcome = std::exchange(socket.outcome_, Wait::ready);
  if (socket.deadline_.armed()) socket.loop_.disarm(socket.deadline_);
  return outcome;
}

void Socket::resume(Wait outcome) {
  if (!waiter_) return;
  outcome_ = outcome;
  std::exchange(waiter_, nullptr).resume();
}

void Socket::cancel() {
  resume(Wait::canceled);
}

void Socket::on_events(std::uint32_t epoll_events) {
  if ((epoll_events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((epoll_events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
  if ((epoll_events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hung_up_ = true;
  if (!out_.empty() && !flush_due_) {
    flush_due_ = true;
    loop_.at_turn_end(*this);
  }
  if (waiter_) {
    if (waits_for_write_ ? writable_ : readable_) resume(Wait::ready);
  } else if (hung_up_ && on_hang_up_) {
    const auto callback = std::exchange(on_hang_up_, nullptr);
    callback();
  }
}

Socket::Transfer Socket::recv(char* into, std::size_t size) {
  for (;;) {
    const ssize_t got = ::recv(fd_, into, size, 0);
    if (got > 0) {
      // A short read means the kernel has nothing more: new data will be announced by a new edge. After a hang-up no
      // edge may come, so the socket stays readable until the end of stream was read.
      if (static_cast<std::size_t>(got) < size && !hung_up_) readable_ = false;
      return {Io::ok, static_cast<std::size_t>(got)};
    }
    if (got == 0) return {Io::closed, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      readable_ = false;
      return {Io::would_block, 0};
    }
    return {Io::closed, 0};
  }
}

Socket::Transfer Socket::send(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) return {Io::ok, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      writable_ = false;
      return {Io::would_block, 0};
    }
    return {Io::closed, 0};
  }
}

bool Socket::send_soon(std::span<const iovec> parts) {
  std::size_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  const bool peer_is_slow = !out_.empty() && !flush_due_;
  if (peer_is_slow || broken_ || out_.size() + total > kSoonBytes) return false;
  out_.reserve(total);
  for (const iovec& part : parts) {
    if (part.iov_len == 0) continue;
    std::memcpy(out_.tail(), part.iov_base, part.iov_len);
    out_.commit(part.iov_len);
  }
  if (!flush_due_) {
    flush_due_ = true;
    loop_.at_turn_end(*this);
  }
  return true;
}

Socket::Io Socket::flush() {
  if (broken_) return Io::closed;
  if (out_.empty()) return Io::ok;
  for (;;) {
    const ssize_t sent = ::send(fd_, out_.begin(), out_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      out_.consume(static_cast<std::size_t>(sent));
      out_.release_if_empty();
      if (out_.empty()) return Io::ok;
      continue;  // until it says that it takes no more
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      writable_ = false;
      return Io::would_block;
    }
    broken_ = true;
    out_.consume(out_.size());
    out_.release_if_empty();
    return Io::closed;
  }
}

void Socket::on_turn_end() {
  flush_due_ = false;
  flush();
}

int Socket::error() const {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &value, &length) == 0 ? value : errno;
}

void Socket::close_with_reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace ktl::net

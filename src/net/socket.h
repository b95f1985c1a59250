#pragma once
// A connected, non-blocking TCP socket on one loop. Edge-triggered: the socket remembers what the kernel announced, so
// nothing is asked of the kernel that it has already answered.
//
// At most one coroutine waits on a socket at a time, either to read or to write. Waits end with an event, at their
// deadline, or by cancel(). A resumed coroutine may destroy the socket.
#include <sys/uio.h>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "net/event_loop.h"

namespace ktl::net {

enum class Wait : std::uint8_t { ready, timeout, canceled };

class Socket final : public Pollable {
 public:
  Socket(EventLoop& loop, int fd);  // takes over fd, which is connected or connecting and non-blocking
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  struct Awaiter {
    Socket& socket;
    bool for_write;
    Millis timeout;
    bool await_ready() const noexcept { return for_write ? socket.writable_ : socket.readable_; }
    void await_suspend(std::coroutine_handle<> waiter);
    Wait await_resume() noexcept;
  };
  // Waits until a recv (send) is worth trying. timeout 0 = none.
  Awaiter readable(Millis timeout) { return {*this, false, timeout}; }
  Awaiter writable(Millis timeout) { return {*this, true, timeout}; }

  enum class Io : std::uint8_t { ok, would_block, closed };
  struct Transfer {
    Io status;
    std::size_t bytes;
  };
  // One system call. closed: end of stream, or an error of the connection.
  Transfer recv(char* into, std::size_t size);
  Transfer send(std::span<const iovec> parts);

  // The kernel announced something to receive that is not received yet (rarely also when all of it is).
  bool announced() const { return readable_; }
  // The peer ended its side, or the connection broke: known as soon as the kernel says so.
  bool hung_up() const { return hung_up_; }
  // Called at that moment if no coroutine waits on this socket. The callback may destroy the socket.
  void on_hang_up(std::function<void()> callback) { on_hang_up_ = std::move(callback); }

  // Ends the current wait, if any, with Wait::canceled; resumes the waiter before it returns.
  void cancel();
  int error() const;  // SO_ERROR, for a finished connect
  int fd() const { return fd_; }
  EventLoop& loop() const { return loop_; }
  void close_with_reset();  // the next close sends RST

 private:
  void on_events(std::uint32_t epoll_events) override;
  void resume(Wait outcome);

  EventLoop& loop_;
  int fd_;
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;
  bool waits_for_write_ = false;
  Wait outcome_ = Wait::ready;
  std::coroutine_handle<> waiter_;
  Timer deadline_;
  std::function<void()> on_hang_up_;
};

}  // namespace ktl::net

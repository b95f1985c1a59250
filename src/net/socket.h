#pragma once
// A connected, non-blocking TCP socket on one loop. Edge-triggered: the socket remembers what the kernel announced, so
// nothing is asked of the kernel that it has already answered.
//
// Small messages are sent at the end of the loop's turn (send_soon), together with those of all other sockets: while
// the turn runs, its code and the kernel's do not push each other out of the caches, and a peer is woken once for
// several messages instead of once for each.
//
// At most one coroutine waits on a socket at a time, either to read or to write. Waits end with an event, at their
// deadline, or by cancel(). A resumed coroutine may destroy the socket.
#include <sys/uio.h>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "net/byte_buffer.h"
#include "net/event_loop.h"

namespace ktl::net {

enum class Wait : std::uint8_t { ready, timeout, canceled };

class Socket final : public Pollable, private TurnEnd {
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

  // Takes a copy of `parts`, to be sent at the end of this turn. False, and nothing taken, if that is more than
  // kSoonBytes or the peer does not take what was sent before: then flush(), wait, and send().
  bool send_soon(std::span<const iovec> parts);
  static constexpr std::size_t kSoonBytes = 8 * 1024;
  // Sends what send_soon() took and is not sent yet; what the kernel does not take goes as soon as the peer reads.
  // After `closed` everything is dropped, and all later ones are `closed`, too.
  Io flush();
  std::size_t unsent() const { return out_.size(); }

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
  void on_turn_end() override;
  void resume(Wait outcome);

  EventLoop& loop_;
  int fd_;
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;
  bool broken_ = false;     // a flush() failed
  bool flush_due_ = false;  // at the end of this turn
  bool waits_for_write_ = false;
  Wait outcome_ = Wait::ready;
  std::coroutine_handle<> waiter_;
  Timer deadline_;
  std::function<void()> on_hang_up_;
  ByteBuffer out_;
};

}  // namespace ktl::net

#include "net/http_server.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/server_connection.h"

namespace ktl::net {

// ---- HttpExchange: the handler's view of a ServerConnection

HttpExchange::HttpExchange(ServerConnection& connection) : connection_(connection) {}

const RequestHead& HttpExchange::head() const { return connection_.head_; }
EventLoop& HttpExchange::loop() const { return connection_.socket_.loop(); }
bool HttpExchange::peer_is_loopback() const { return connection_.peer_.is_loopback(); }
std::string HttpExchange::peer_address() const { return connection_.peer_.ip(); }

Task<Result<std::string_view>> HttpExchange::read_body(std::size_t max_bytes) {
  return connection_.read_body(max_bytes);
}

Sending HttpExchange::reply(int status, std::string_view header_lines, std::string_view body) {
  return connection_.reply(status, header_lines, body);
}

void HttpExchange::start_stream(int status, std::string_view header_lines) {
  connection_.start_stream(status, header_lines);
}

Sending HttpExchange::write(std::string_view data) { return connection_.write(data, false); }
Sending HttpExchange::write_last(std::string_view data) { return connection_.write(data, true); }

void HttpExchange::limit_send_buffer(int bytes) {
  ::setsockopt(connection_.socket_.fd(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

// The kernel reports it like a hang-up, so the connection ends on its usual way, not inside this call.
void HttpExchange::break_off() { ::shutdown(connection_.socket_.fd(), SHUT_RDWR); }

bool HttpExchange::response_started() const { return connection_.response_started_; }

bool HttpExchange::client_gone() const { return connection_.write_failed_ || connection_.socket_.hung_up(); }

void HttpExchange::on_client_gone(std::function<void()> callback) {
  if (callback && client_gone()) {
    callback();
    return;
  }
  connection_.socket_.on_hang_up(std::move(callback));
}

// ---- HttpServer: the listening socket

namespace {

Task<void> serve_connection(std::shared_ptr<HttpServer::Impl> server, int fd, Address peer) {
  ServerConnection connection(std::move(server), fd, peer);
  co_await connection.run();
}

}  // namespace

class HttpServer::Listener final : public Pollable {
 public:
  Listener(std::shared_ptr<Impl> server, int fd) : server_(std::move(server)), fd_(fd) {
    server_->loop.watch(fd_, EPOLLIN, *this);
  }
  ~Listener() {
    if (watching_) server_->loop.unwatch(fd_, *this);
    ::close(fd_);
  }

 private:
  void on_events(std::uint32_t) override {
    for (int i = 0; i < 64; ++i) {
      Address peer;
      peer.length = sizeof peer.storage;
      const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return;
      }
      if (server_->connections.size() >= server_->options.max_connections) {
        ::close(fd);
        continue;
      }
      server_->loop.spawn(serve_connection(server_, fd, peer));
    }
  }

  // Out of descriptors: look again in a moment instead of spinning.
  void pause() {
    server_->loop.unwatch(fd_, *this);
    watching_ = false;
    server_->loop.arm(retry_, server_->loop.now() + Millis(100), [this] {
      server_->loop.watch(fd_, EPOLLIN, *this);
      watching_ = true;
    });
  }

  std::shared_ptr<Impl> server_;
  int fd_;
  bool watching_ = true;
  Timer retry_;
};

HttpServer::HttpServer(EventLoop& loop, ServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& host, std::uint16_t port) {
  auto addresses = resolve(host, port);
  if (!addresses) return tl::unexpected(addresses.error());
  const Address& address = addresses->front();
  const std::string where = host + ":" + std::to_string(port);
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorCode::io, ErrorSource::gateway, "cannot open a socket for " + where + ": " + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, address.raw(), address.length) != 0 || ::listen(fd, 4096) != 0) {
    const int error = errno;
    ::close(fd);
    return fail(error == EADDRINUSE ? ErrorCode::conflict : ErrorCode::io, ErrorSource::gateway,
                "cannot listen on " + where + ": " + std::strerror(error));
  }
  Address bound;
  bound.length = sizeof bound.storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.length);
  listener_ = std::make_unique<Listener>(impl_, fd);
  // The port stands at the same place in IPv4 and IPv6 socket addresses.
  sockaddr_in as_v4{};
  std::memcpy(&as_v4, &bound.storage, sizeof as_v4);
  return ntohs(as_v4.sin_port);
}

void HttpServer::drain() {
  listener_.reset();
  impl_->draining = true;
  const auto connections = impl_->connections;  // a copy: ending one changes the list
  for (ServerConnection* connection : connections) connection->end_if_idle();
}

void HttpServer::close_all() {
  drain();
  // The kernel reports it like a hang-up, so each connection ends on its usual way, not inside this call.
  for (const ServerConnection* connection : impl_->connections) ::shutdown(connection->socket_.fd(), SHUT_RDWR);
}

std::size_t HttpServer::open_connections() const { return impl_->connections.size(); }
std::size_t HttpServer::active_exchanges() const { return impl_->active; }

}  // namespace ktl::net

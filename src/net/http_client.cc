#include "net/http_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "net/head_parser.h"

namespace ktl::net {

ClientConnection::ClientConnection(EventLoop& loop, int fd) : socket_(loop, fd) {}
ClientConnection::~ClientConnection() = default;

Task<Result<std::unique_ptr<ClientConnection>>> ClientConnection::connect(EventLoop& loop, Address address,
                                                                          Millis timeout) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    co_return fail(ErrorCode::io, ErrorSource::gateway, std::string("cannot open a socket: ") + std::strerror(errno));
  if (::connect(fd, address.raw(), address.length) != 0 && errno != EINPROGRESS) {
    const std::string why = std::strerror(errno);
    ::close(fd);
    co_return fail(ErrorCode::io, ErrorSource::upstream, "cannot connect: " + why, Retry::yes);
  }
  std::unique_ptr<ClientConnection> connection(new ClientConnection(loop, fd));
  const Wait outcome = co_await connection->socket_.writable(timeout);
  if (outcome == Wait::timeout)
    co_return fail(ErrorCode::timeout, ErrorSource::upstream, "connecting took too long", Retry::yes);
  if (outcome == Wait::canceled) co_return fail(ErrorCode::canceled, ErrorSource::gateway, "canceled while connecting");
  if (const int error = connection->socket_.error(); error != 0)
    co_return fail(ErrorCode::io, ErrorSource::upstream, std::string("cannot connect: ") + std::strerror(error),
                   Retry::yes);
  co_return std::move(connection);
}

void ClientConnection::start_exchange() {
  ++exchanges_;
  head_read_ = body_complete_ = answered_ = false;
  length_left_ = 0;
  chunks_.reset();
}

// A pooled connection that breaks before any byte of the answer was closed by the engine while it was idle.
tl::unexpected<Error> ClientConnection::failed(ErrorCode code, std::string_view what) {
  broken_ = true;
  const bool stale = code == ErrorCode::closed && !answered_ && !fresh();
  return fail(code, code == ErrorCode::canceled ? ErrorSource::gateway : ErrorSource::upstream, std::string(what),
              stale ? Retry::yes : Retry::no);
}

Task<Result<void>> ClientConnection::send(std::span<const std::string_view> parts, Millis timeout) {
  start_exchange();
  constexpr std::size_t kMaxParts = 64;
  if (parts.size() <= kMaxParts) {
    iovec vector[kMaxParts];
    for (std::size_t i = 0; i < parts.size(); ++i) vector[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
    if (socket_.send_soon({vector, parts.size()})) co_return Result<void>();
  }
  std::size_t index = 0;
  std::size_t offset = 0;  // into parts[index]
  while (index < parts.size()) {
    if (canceled_) co_return failed(ErrorCode::canceled, "canceled while sending");
    iovec vector[kMaxParts];
    std::size_t count = 0;
    std::size_t wanted = 0;
    for (std::size_t i = index, skip = offset; i < parts.size() && count < kMaxParts; ++i, skip = 0) {
      vector[count++] = {const_cast<char*>(parts[i].data() + skip), parts[i].size() - skip};
      wanted += parts[i].size() - skip;
    }
    auto [status, sent] = socket_.send({vector, count});
    if (status == Socket::Io::closed) co_return failed(ErrorCode::closed, "the engine closed the connection");
    const bool partial = sent < wanted;
    while (index < parts.size() && sent >= parts[index].size() - offset) {
      sent -= parts[index].size() - offset;
      offset = 0;
      ++index;
    }
    offset += sent;
    if (partial) {
      const Wait outcome = co_await socket_.writable(timeout);
      if (outcome == Wait::timeout) co_return failed(ErrorCode::timeout, "the engine does not take the request");
      if (outcome == Wait::canceled) co_return failed(ErrorCode::canceled, "canceled while sending");
    }
  }
  co_return Result<void>();
}

Result<void> ClientConnection::take(Wait outcome) {
  if (canceled_) return failed(ErrorCode::canceled, "canceled");
  if (outcome == Wait::timeout) return failed(ErrorCode::timeout, "the engine sends nothing");
  in_.reserve(in_.empty() ? std::size_t{8 * 1024} : std::size_t{2048});
  const auto [status, bytes] = socket_.recv(in_.tail(), in_.room());
  if (status == Socket::Io::would_block) {
    in_.release_if_empty();
    return {};
  }
  if (status == Socket::Io::closed) {
    if (head_read_ && head_.framing.until_close) {
      body_complete_ = true;
      broken_ = true;
      return {};
    }
    return failed(ErrorCode::closed, answered_ ? "the engine closed the connection in the middle of its answer"
                                               : "the engine closed the connection");
  }
  answered_ = true;
  in_.commit(bytes);
  return {};
}

bool ClientConnection::Receiving::await_ready() {
  if (connection.body_complete_ || connection.canceled_) return true;
  connection.in_.release_if_empty();
  return socket.await_ready();
}

Result<void> ClientConnection::Receiving::await_resume() {
  if (connection.body_complete_) return {};
  auto taken = connection.take(socket.await_resume());
  if (!taken) return taken;
  connection.decode_received();
  if (connection.chunks_.broken())
    return connection.failed(ErrorCode::invalid, "malformed chunked body from the engine");
  return {};
}

Task<Result<const ResponseHead*>> ClientConnection::read_head(Millis timeout) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t length = in_.empty() ? 0 : find_head_end(in_.view(), searched);
    if (length == 0) {
      if (in_.size() > kMaxHead) co_return failed(ErrorCode::invalid, "the engine's response head is too large");
      in_.release_if_empty();
      Wait outcome = Wait::canceled;
      if (!canceled_) outcome = co_await socket_.readable(timeout);
      auto taken = take(outcome);
      if (!taken) co_return tl::unexpected(taken.error());
      continue;
    }
    head_bytes_.assign(in_.view().substr(0, length));
    in_.consume(length);
    searched = 0;
    if (const HeadProblem problem = parse_response_head(head_bytes_, head_))
      co_return failed(ErrorCode::invalid, problem.reason);
    if (head_.status >= 200) break;
    if (head_.status == 101) co_return failed(ErrorCode::invalid, "the engine switched protocols");
  }
  head_read_ = true;
  decoded_ = 0;
  length_left_ = head_.framing.content_length.value_or(0);
  if (head_.framing.content_length && length_left_ == 0) body_complete_ = true;
  decode_received();
  if (chunks_.broken()) co_return failed(ErrorCode::invalid, "malformed chunked body from the engine");
  co_return &head_;
}

// Moves raw bytes behind the decoded ones into the decoded part, in place.
void ClientConnection::decode_received() {
  const std::size_t raw = in_.size() - decoded_;
  if (body_complete_) {
    if (raw > 0) broken_ = true;  // behind an answer without a body
    return;
  }
  if (head_.framing.chunked) {
    if (raw == 0) return;
    char* target = in_.begin() + decoded_;
    const auto step = chunks_.decode({target, raw}, target);
    const std::size_t left = raw - step.consumed;
    if (left > 0) std::memmove(target + step.produced, target + step.consumed, left);
    in_.truncate(decoded_ + step.produced + left);
    decoded_ += step.produced;
    if (chunks_.finished()) {
      body_complete_ = true;
      if (left > 0) broken_ = true;  // bytes nobody asked for: never reuse
    }
  } else if (head_.framing.until_close) {
    decoded_ += raw;
  } else {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(raw, length_left_));
    decoded_ += take;
    length_left_ -= take;
    if (length_left_ == 0) {
      body_complete_ = true;
      if (raw > take) broken_ = true;
    }
  }
}

void ClientConnection::consume(std::size_t bytes) {
  KTL_CHECK(bytes <= decoded_, "only decoded bytes are consumed");
  in_.consume(bytes);
  decoded_ -= bytes;
}

ClientPool::ClientPool(EventLoop& loop, Address address, Options options)
    : loop_(loop), address_(address), options_(options) {}

void ClientPool::drop_stale() {
  const MonoTime oldest = loop_.now() - options_.idle_limit;
  const auto is_stale = [oldest](const auto& c) { return c->idle_since() < oldest || c->spoke_while_idle(); };
  if (!idle_.empty() && is_stale(idle_.front())) std::erase_if(idle_, is_stale);
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientPool::acquire() {
  drop_stale();
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->spoke_while_idle()) co_return std::move(connection);
  }
  co_return co_await acquire_fresh();
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientPool::acquire_fresh() {
  return ClientConnection::connect(loop_, address_, options_.connect_timeout);
}

void ClientPool::give_back(std::unique_ptr<ClientConnection> connection) {
  if (!connection->reusable() || idle_.size() >= options_.max_idle) return;
  connection->idle_since_ = loop_.now();
  connection->in_.release_if_empty();
  idle_.push_back(std::move(connection));
  drop_stale();
}

}  // namespace ktl::net

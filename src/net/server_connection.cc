#include "net/server_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "net/block_pool.h"

namespace ktl::net {
namespace {

constexpr std::size_t kSlack = kBlockSlack;
constexpr std::size_t kDiscardedBody = 64 * 1024;  // an unread body up to this size is skipped, the connection kept
constexpr Millis kLingerTime{1000};

// A few short words put together without the heap.
template <std::size_t kCapacity>
class ShortText {
 public:
  void append(std::string_view text) {
    KTL_CHECK(text.size() <= kCapacity - size_, "a short text stays short");
    std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void append_number(std::uint64_t number) {
    char digits[20];
    append({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
  }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  char bytes_[kCapacity];
  std::size_t size_ = 0;
};

void append_status_line(ShortText<64>& out, int status) {
  out.append("HTTP/1.1 ");
  out.append_number(static_cast<std::uint64_t>(status));
  out.append(" ");
  out.append(reason_phrase(status));
  out.append("\r\n");
}

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<HttpServer::Impl> server, int fd, const Address& peer)
    : server_(std::move(server)), socket_(server_->loop, fd), peer_(peer) {
  server_->connections.push_back(this);
}

ServerConnection::~ServerConnection() {
  std::erase(server_->connections, this);
}

void ServerConnection::end_if_idle() {
  if (idle_) socket_.cancel();
}

Task<void> ServerConnection::run() {
  while (co_await read_head() == HeadOutcome::parsed) {
    ++server_->active;
    {
      HttpExchange exchange(*this);
      co_await server_->handler(exchange);
      socket_.on_hang_up(nullptr);
    }
    co_await finish_exchange();
    --server_->active;
    if (close_after_ || write_failed_) break;
    reset_exchange();
  }
  socket_.flush();  // of a stream that broke off, what is whole still goes out
  if (!write_failed_ && socket_.unsent() > 0) co_await deliver();
}

Task<ServerConnection::HeadOutcome> ServerConnection::read_head() {
  const ServerOptions& options = server_->options;
  std::size_t searched = 0;
  MonoTime started = socket_.loop().now();
  for (;;) {
    if (!in_.empty()) {
      if (in_.view().starts_with("\r\n")) in_.consume(2);
      head_bytes_ = find_head_end(in_.view(), searched);
      if (head_bytes_ != 0 && head_bytes_ <= options.max_head_bytes) break;
      if (head_bytes_ != 0 || in_.size() > options.max_head_bytes) {
        co_await answer_error(431, "request head too large");
        co_return HeadOutcome::ended;
      }
    }
    if (server_->draining && in_.empty()) co_return HeadOutcome::ended;
    const bool idle = in_.empty();
    if (idle) in_.release_if_empty();
    Millis wait = options.keep_alive_timeout;
    if (!idle) {
      wait = std::chrono::ceil<Millis>(started + options.head_timeout - socket_.loop().now());
      if (wait.count() <= 0) wait = Millis(1);
    }
    idle_ = idle;
    const Wait outcome = co_await socket_.readable(wait);
    idle_ = false;
    if (outcome != Wait::ready) {
      if (outcome == Wait::timeout && !idle) co_await answer_error(408, "request head not received in time");
      co_return HeadOutcome::ended;
    }
    if (idle) started = socket_.loop().now();
    in_.reserve(in_.empty() ? kBlockBytes : std::size_t{2048});
    const auto [status, bytes] = socket_.recv(in_.tail(), in_.room());
    if (status == Socket::Io::closed) co_return HeadOutcome::ended;
    in_.commit(bytes);
  }
  if (const HeadProblem problem = parse_request_head(in_.view().substr(0, head_bytes_), head_)) {
    co_await answer_error(problem.status, problem.reason);
    co_return HeadOutcome::ended;
  }
  co_return HeadOutcome::parsed;
}

// Waits for bytes and receives some. Error: timeout or closed.
Task<Result<void>> ServerConnection::receive(char* into, std::size_t size, std::size_t& got) {
  for (;;) {
    const Wait outcome = co_await socket_.readable(server_->options.body_idle_timeout);
    if (outcome != Wait::ready)
      co_return fail(ErrorCode::timeout, ErrorSource::client, "request body not received in time");
    const auto [status, bytes] = socket_.recv(into, size);
    if (status == Socket::Io::would_block) continue;
    if (status == Socket::Io::closed)
      co_return fail(ErrorCode::closed, ErrorSource::client, "client closed before the end of its request body");
    got = bytes;
    co_return Result<void>();
  }
}

Task<Result<std::string_view>> ServerConnection::read_body(std::size_t max_bytes) {
  KTL_CHECK(!body_taken_, "a request body is read once");
  body_taken_ = true;
  if (!head_.has_body()) {
    body_complete_ = true;
    co_return in_.view().substr(head_bytes_, 0);
  }
  if (head_.framing.content_length.value_or(0) > max_bytes) {
    body_error_status_ = 413;
    body_error_reason_ = "request body too large";
    co_return fail(ErrorCode::too_large, ErrorSource::client, body_error_reason_);
  }
  if (head_.expects_continue && in_.size() == head_bytes_) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const iovec line = part(go_on);
    const bool sent = co_await send_all({&line, 1});
    if (!sent) co_return fail(ErrorCode::closed, ErrorSource::client, "client closed while it waited to continue");
  }
  Result<std::string_view> body;
  if (head_.framing.chunked) {
    body = co_await read_chunked_body(max_bytes);
  } else {
    body = co_await read_sized_body(static_cast<std::size_t>(*head_.framing.content_length));
  }
  if (body) {
    body_complete_ = true;
  } else {
    body_error_reason_ = body.error().message;
    switch (body.error().code) {
      case ErrorCode::timeout:
        body_error_status_ = 408;
        break;
      case ErrorCode::too_large:
        body_error_status_ = 413;
        break;
      default:
        body_error_status_ = 400;
    }
  }
  co_return body;
}

Task<Result<std::string_view>> ServerConnection::read_sized_body(std::size_t length) {
  const std::size_t have = std::min(length, in_.size() - head_bytes_);
  body_bytes_in_buffer_ = have;
  if (have == length) co_return in_.view().substr(head_bytes_, length);

  // The head's views point into in_, so in_ must not move: what does not fit goes to a buffer of its own.
  char* target = in_.begin() + head_bytes_;
  const bool fits = in_.room() >= length - have;
  if (!fits) {
    large_body_ = std::make_unique_for_overwrite<char[]>(length + kSlack);
    std::memcpy(large_body_.get(), target, have);
    std::memset(large_body_.get() + length, 0, kSlack);
    target = large_body_.get();
  }
  for (std::size_t filled = have; filled < length;) {
    std::size_t got = 0;
    auto received = co_await receive(target + filled, length - filled, got);
    if (!received) co_return tl::unexpected(received.error());
    filled += got;
    if (fits) {
      in_.commit(got);
      body_bytes_in_buffer_ += got;
    }
  }
  co_return std::string_view(target, length);
}

Task<Result<std::string_view>> ServerConnection::read_chunked_body(std::size_t max_bytes) {
  ChunkedDecoder decoder;
  undecoded_.assign(in_.view().substr(head_bytes_));
  body_bytes_in_buffer_ = undecoded_.size();
  for (;;) {
    if (!undecoded_.empty()) {
      const std::size_t at = decoded_body_.size();
      decoded_body_.resize(at + undecoded_.size());
      const auto step = decoder.decode(undecoded_, decoded_body_.data() + at);
      decoded_body_.resize(at + step.produced);
      undecoded_.erase(0, step.consumed);
    }
    if (decoder.broken()) co_return fail(ErrorCode::invalid, ErrorSource::client, "malformed chunked body");
    if (decoded_body_.size() > max_bytes)
      co_return fail(ErrorCode::too_large, ErrorSource::client, "request body too large");
    if (decoder.finished()) break;
    const std::size_t at = undecoded_.size();
    constexpr std::size_t kPiece = 16 * 1024;
    undecoded_.resize(at + kPiece);
    std::size_t got = 0;
    auto received = co_await receive(undecoded_.data() + at, kPiece, got);
    undecoded_.resize(at + got);
    if (!received) co_return tl::unexpected(received.error());
  }
  decoded_body_.reserve(decoded_body_.size() + kSlack);
  co_return std::string_view(decoded_body_);
}

bool ServerConnection::unread_body_prevents_reuse() const {
  if (body_complete_ || !head_.has_body()) return false;
  if (body_taken_ || head_.framing.chunked || head_.expects_continue) return true;
  return *head_.framing.content_length > kDiscardedBody;
}

void ServerConnection::decide_reuse() {
  if (!head_.keep_alive || server_->draining || unread_body_prevents_reuse()) close_after_ = true;
}

std::string_view ServerConnection::connection_line() const {
  if (close_after_) return "connection: close\r\n";
  return head_.minor_version == 0 ? "connection: keep-alive\r\n" : "";
}

void ServerConnection::start_stream(int status, std::string_view header_lines) {
  KTL_CHECK(!response_started_, "an exchange has one response");
  response_started_ = true;
  streaming_ = true;
  if (head_.minor_version == 0) close_after_ = true;
  decide_reuse();
  ShortText<64> status_line;
  append_status_line(status_line, status);
  stream_head_.reserve(header_lines.size() + 128);
  stream_head_.append(status_line.view()).append(header_lines).append(connection_line());
  stream_head_.append(head_.minor_version == 1 ? "transfer-encoding: chunked\r\n\r\n" : "\r\n");
}

Sending ServerConnection::reply(int status, std::string_view header_lines, std::string_view body) {
  KTL_CHECK(!response_started_, "an exchange has one response");
  response_started_ = true;
  response_complete_ = true;
  // The caller's header lines go out from where they are, between two short pieces of ours.
  ShortText<64> status_line;
  ShortText<96> tail;
  append_status_line(status_line, status);
  decide_reuse();
  tail.append(connection_line());
  if (status >= 200 && status != 204 && status != 304) {
    tail.append("content-length: ");
    tail.append_number(body.size());
    tail.append("\r\n");
  }
  tail.append("\r\n");
  const iovec parts[4] = {part(status_line.view()), part(header_lines), part(tail.view()), part(body)};
  return send_all({parts, head_.method == "HEAD" || body.empty() ? 3u : 4u});
}

Sending ServerConnection::write(std::string_view data, bool last) {
  KTL_CHECK(streaming_, "a stream is started before it is written");
  const bool chunked = head_.minor_version == 1;
  char size_line[20];
  iovec parts[4];
  std::size_t count = 0;
  std::string head;
  head.swap(stream_head_);
  if (!head.empty()) parts[count++] = part(head);
  if (head_.method == "HEAD") data = {};
  if (!data.empty()) {
    if (chunked) {
      char* end = std::to_chars(size_line, size_line + 16, data.size(), 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      parts[count++] = part({size_line, static_cast<std::size_t>(end - size_line)});
    }
    parts[count++] = part(data);
  }
  if (chunked && head_.method != "HEAD") {
    if (last) {
      parts[count++] = part(data.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n");
    } else if (!data.empty()) {
      parts[count++] = part("\r\n");
    }
  }
  if (last) response_complete_ = true;
  if (count == 0) return Sending(!write_failed_);
  return send_all({parts, count});
}

Sending ServerConnection::send_all(std::span<const iovec> parts) {
  if (write_failed_) return Sending(false);
  if (socket_.send_soon(parts)) return Sending(true);

  // Much at once, or the client is slower than we are.
  std::size_t total = 0;
  for (const iovec& p : parts) total += p.iov_len;
  Socket::Io status = socket_.flush();
  std::size_t sent = 0;
  if (status == Socket::Io::ok) {
    const auto now = socket_.send(parts);
    status = now.status;
    sent = now.bytes;
  }
  if (status == Socket::Io::closed) {
    write_failed_ = true;
    return Sending(false);
  }
  if (sent == total) return Sending(true);

  // Keep the rest and wait.
  std::string rest;
  rest.reserve(total - sent);
  for (const iovec& p : parts) {
    const std::size_t skip = std::min(sent, p.iov_len);
    sent -= skip;
    rest.append(static_cast<const char*>(p.iov_base) + skip, p.iov_len - skip);
  }
  return Sending(send_rest(std::move(rest)));
}

// Waits until the kernel has taken all that was given to send_soon().
Task<bool> ServerConnection::deliver() {
  for (;;) {
    const Socket::Io status = socket_.flush();
    if (status == Socket::Io::ok) co_return true;
    Wait outcome = Wait::canceled;
    if (status == Socket::Io::would_block) outcome = co_await socket_.writable(server_->options.write_timeout);
    if (outcome != Wait::ready) {
      write_failed_ = true;
      co_return false;
    }
  }
}

Task<bool> ServerConnection::send_rest(std::string rest) {
  const bool delivered = co_await deliver();
  if (!delivered) co_return false;
  for (std::size_t at = 0; at < rest.size();) {
    const Wait outcome = co_await socket_.writable(server_->options.write_timeout);
    if (outcome != Wait::ready) {
      write_failed_ = true;
      co_return false;
    }
    const iovec left = part(std::string_view(rest).substr(at));
    const auto again = socket_.send({&left, 1});
    if (again.status == Socket::Io::closed) {
      write_failed_ = true;
      co_return false;
    }
    at += again.bytes;
  }
  co_return true;
}

Task<void> ServerConnection::answer_error(int status, std::string_view reason) {
  close_after_ = true;
  ServerOptions::ErrorAnswer answer;
  if (server_->options.error_answer) answer = server_->options.error_answer(status, reason);
  head_.keep_alive = false;
  co_await reply(status, answer.header_lines, answer.body);
  co_await linger();
}

// The client may still be sending. Closing now would reset the connection and could destroy our answer on its way, so
// take and drop what comes for a moment.
Task<void> ServerConnection::linger() {
  if (write_failed_) co_return;
  const bool delivered = co_await deliver();
  if (!delivered) co_return;
  ::shutdown(socket_.fd(), SHUT_WR);
  const MonoTime until = socket_.loop().now() + kLingerTime;
  for (std::size_t dropped = 0; dropped < 4 * 1024 * 1024;) {
    const auto left = std::chrono::ceil<Millis>(until - socket_.loop().now());
    if (left.count() <= 0) co_return;
    const Wait outcome = co_await socket_.readable(left);
    if (outcome != Wait::ready) co_return;
    const auto scratch = socket_.loop().scratch();
    const auto [status, bytes] = socket_.recv(scratch.data(), scratch.size());
    if (status == Socket::Io::closed) co_return;
    dropped += bytes;
  }
}

// After the handler: makes sure that there was a whole response, and that the next request begins where this one ends.
Task<void> ServerConnection::finish_exchange() {
  if (!response_started_ && !write_failed_) {
    const int status = body_error_status_ != 0 ? body_error_status_ : 500;
    const std::string reason = body_error_status_ != 0 ? body_error_reason_ : "no answer was produced";
    co_await answer_error(status, reason);
    co_return;
  }
  if (!response_complete_) {
    // A stream that broke off: the client must see that it is not whole.
    close_after_ = true;
    write_failed_ = true;
    co_return;
  }
  if (write_failed_) co_return;
  if (close_after_) {
    if (!body_complete_ && head_.has_body()) co_await linger();
    co_return;
  }
  if (!body_taken_ && head_.has_body()) {
    auto skipped = co_await read_sized_body(static_cast<std::size_t>(*head_.framing.content_length));
    if (!skipped) close_after_ = true;
  }
  in_.consume(head_bytes_ + body_bytes_in_buffer_);
  if (!undecoded_.empty()) {
    in_.reserve(undecoded_.size());
    std::memcpy(in_.tail(), undecoded_.data(), undecoded_.size());
    in_.commit(undecoded_.size());
  }
}

void ServerConnection::reset_exchange() {
  head_bytes_ = body_bytes_in_buffer_ = 0;
  head_.method = {};  // its bytes are gone, and an answer to a head that does not parse asks for the method
  large_body_.reset();
  decoded_body_ = std::string();
  undecoded_ = std::string();
  body_taken_ = body_complete_ = false;
  body_error_status_ = 0;
  body_error_reason_.clear();
  response_started_ = response_complete_ = streaming_ = false;
}

}  // namespace ktl::net

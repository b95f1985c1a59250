#include "upstream/link.h"

#include <array>
#include <charconv>
#include <vector>

namespace ktl::upstream {

Link::Link(net::EventLoop& loop, Upstream& upstream)
    : loop_(loop),
      upstream_(upstream),
      pool_(loop, upstream.address(), {.connect_timeout = upstream.options().connect_timeout}) {
  const Options& options = upstream.options();
  const std::string& admin = options.admin_api_key.empty() ? options.api_key : options.admin_api_key;
  for (const Key key : {Key::normal, Key::admin}) {
    const std::string& secret = key == Key::admin ? admin : options.api_key;
    std::string& lines = fixed_lines_[static_cast<std::size_t>(key)];
    lines = " HTTP/1.1\r\nhost: " + options.host + "\r\ncontent-type: application/json\r\n";
    if (!secret.empty()) lines += "authorization: Bearer " + secret + "\r\n";
    lines += "content-length: ";
  }
}

std::string Link::head_for(std::string_view method, std::string_view path, std::size_t body_size, Key key,
                           std::string_view header_lines) const {
  const std::string& fixed = fixed_lines_[static_cast<std::size_t>(key)];
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, body_size).ptr;
  std::string head;
  head.reserve(method.size() + path.size() + fixed.size() + header_lines.size() + 32);
  head.append(method).append(" ").append(path).append(fixed);
  head.append(digits, static_cast<std::size_t>(end - digits)).append("\r\n").append(header_lines).append("\r\n");
  return head;
}

net::Task<Result<Link::Call>> Link::post(std::string_view path, std::span<const std::string_view> body,
                                         std::size_t size, Millis answer_timeout,
                                         net::ClientConnection** in_progress, std::string_view header_lines) {
  const std::string head = head_for("POST", path, size, Key::normal, header_lines);
  std::vector<std::string_view> parts;
  parts.reserve(body.size() + 1);
  parts.push_back(head);
  parts.insert(parts.end(), body.begin(), body.end());

  for (bool fresh = false;; fresh = true) {
    Result<std::unique_ptr<net::ClientConnection>> connection;
    if (fresh) {
      connection = co_await pool_.acquire_fresh();
    } else {
      connection = co_await pool_.acquire();
    }
    if (!connection) {
      upstream_.note_unreachable();
      co_return tl::unexpected(connection.error());
    }
    net::ClientConnection& c = **connection;
    *in_progress = &c;
    auto sent = co_await c.send(parts, answer_timeout);
    Error error;
    if (sent) {
      auto answer = co_await c.read_head(answer_timeout);
      *in_progress = nullptr;
      if (answer) {
        upstream_.note_answered();
        co_return Call{std::move(*connection), *answer};
      }
      error = answer.error();
    } else {
      *in_progress = nullptr;
      error = sent.error();
    }
    if (error.retry == Retry::yes && !fresh) {
      pool_.clear();  // they are as old as this one
      continue;
    }
    if (error.code != ErrorCode::canceled) upstream_.note_unreachable();
    error.retry = Retry::no;
    co_return tl::unexpected(error);
  }
}

net::Task<Result<Link::Answer>> Link::fetch(std::string_view method, std::string_view path, std::string_view body,
                                            Key key, Millis timeout, std::size_t max_bytes) {
  const std::string head = head_for(method, path, body.size(), key);
  const std::array<std::string_view, 2> parts{head, body};
  auto connection = co_await pool_.acquire_fresh();
  if (!connection) {
    upstream_.note_unreachable();
    co_return tl::unexpected(connection.error());
  }
  net::ClientConnection& c = **connection;
  auto sent = co_await c.send(parts, timeout);
  if (!sent) co_return tl::unexpected(sent.error());
  auto answer_head = co_await c.read_head(timeout);
  if (!answer_head) co_return tl::unexpected(answer_head.error());
  Answer answer;
  answer.status = (*answer_head)->status;
  answer.content_type = (*answer_head)->headers.get("content-type");
  for (;;) {
    answer.body.append(c.body());
    c.consume(c.body().size());
    if (c.all_received()) break;
    if (answer.body.size() > max_bytes)
      co_return fail(ErrorCode::too_large, ErrorSource::upstream, "the engine's answer is too large");
    auto more = co_await c.receive(timeout);
    if (!more) co_return tl::unexpected(more.error());
  }
  upstream_.note_answered();
  pool_.give_back(std::move(*connection));
  co_return answer;
}

net::Task<bool> Link::abort(std::string rid) {
  if (!can_abort()) co_return false;
  const std::string body = "{\"rid\":\"" + rid + "\"}";
  auto answer = co_await fetch("POST", "/abort_request", body, Key::admin, Millis(2'000));
  co_return answer.has_value() && answer->status == 200;
}

Link& Links::to(Upstream& upstream) {
  auto& link = links_[&upstream];
  if (!link) link = std::make_unique<Link>(loop_, upstream);
  return *link;
}

}  // namespace ktl::upstream

#pragma once
// One event loop's connections to one engine, and the calls that go over them. A link lives as long as its loop.
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "net/http_client.h"
#include "upstream/upstream.h"

namespace ktl::upstream {

class Link {
 public:
  template <class T>
  using Task = net::Task<T>;

  Link(net::EventLoop& loop, Upstream& upstream);

  Upstream& upstream() const { return upstream_; }
  net::EventLoop& loop() const { return loop_; }
  net::ClientPool& pool() { return pool_; }

  // POSTs `body` (in parts, `size` bytes together) to `path` and waits for the head of the answer: until the engine has
  // something to say, for streams the first token. `header_lines` are whole lines beside the link's own. A pooled connection that turns out to be closed is replaced once.
  // On success the connection is the caller's; give it back through pool(). Reports the engine's health as it finds it.
  // Errors (source upstream): Retry::yes = the engine has not seen the request.
  struct Call {
    std::unique_ptr<net::ClientConnection> connection;
    const net::ResponseHead* head = nullptr;
  };
  // While it waits, *in_progress points to the connection, so that the caller can cancel() it.
  Task<Result<Call>> post(std::string_view path, std::span<const std::string_view> body, std::size_t size,
                          Millis answer_timeout, net::ClientConnection** in_progress,
                          std::string_view header_lines = {});

  // A whole small exchange: control calls and probes. The answer's body is bounded by `max_bytes`.
  struct Answer {
    int status = 0;
    std::string content_type;
    std::string body;
  };
  enum class Key : std::uint8_t { normal, admin };
  Task<Result<Answer>> fetch(std::string_view method, std::string_view path, std::string_view body, Key key,
                             Millis timeout, std::size_t max_bytes = 4 << 20);

  // Tells a SGLang engine to stop working on `rid`. True if it took the call. vLLM has no such call: false.
  Task<bool> abort(std::string rid);
  // Would abort() be understood?
  bool can_abort() const { return upstream_.options().type == EngineType::sglang; }

 private:
  std::string head_for(std::string_view method, std::string_view path, std::size_t body_size, Key key,
                       std::string_view header_lines = {}) const;

  net::EventLoop& loop_;
  Upstream& upstream_;
  net::ClientPool pool_;
  std::array<std::string, 2> fixed_lines_;  // by Key: what every head says between the path and the body's length
};

// All links of one loop.
class Links {
 public:
  explicit Links(net::EventLoop& loop) : loop_(loop) {}
  Link& to(Upstream& upstream);

 private:
  net::EventLoop& loop_;
  std::unordered_map<const Upstream*, std::unique_ptr<Link>> links_;
};

}  // namespace ktl::upstream

#pragma once
// The stand-in server: one engine on one event loop, and what its routes share. Single-threaded.
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "net/http_server.h"
#include "standin/http/behaviour.h"
#include "standin/http/errors.h"
#include "standin/http/inbox.h"
#include "standin/http/json.h"
#include "standin/http/options.h"

namespace ktl::standin {

class Standin {
 public:
  // `wall` is the time of day at this moment; from here on it follows the loop's steady clock.
  Standin(net::EventLoop& loop, StandinOptions options, WallTime wall);
  Standin(const Standin&) = delete;
  Standin& operator=(const Standin&) = delete;

  // For HttpServer. The server must not outlive this object.
  net::Task<void> handle(net::HttpExchange& exchange);
  net::ServerOptions server_options() const;

  net::EventLoop& loop() { return loop_; }
  Engine& engine() { return engine_; }
  const StandinOptions& options() const { return options_; }
  StandinOptions& options() { return options_; }
  Tokenizer& tokenizer() { return *options_.tokenizer; }

  SimTime now() const;
  std::int64_t now_seconds() const;
  Millis scaled(Millis at_speed_one) const;  // 0 at speed 0

  // Lets the engine catch up with the present and asks the loop to be back for its next step.
  void pump();
  void abort(std::string_view rid_prefix, bool all);

  // The misbehaviour asked for: the global one, then the request's own on top.
  Behaviour behaviour_for(const net::RequestHead& head);
  void set_behaviour(Behaviour behaviour) { behaviour_ = behaviour; }
  const Behaviour& behaviour() const { return behaviour_; }

  // Parses a body as the real front end would. The element is valid until the next call.
  tl::expected<Json, ApiError> parse(const net::RequestHead& head, std::string_view body);

  std::string new_rid();
  std::uint64_t next_seed() { return rng_.next(); }

  // Aborts `rids` after `delay`, unless the calls behind `inbox` have ended by then.
  void abort_later(std::shared_ptr<Inbox> inbox, std::vector<std::string> rids, Millis delay);

  // Takes no new connections, aborts what runs (streams end as aborted ones do) and stops the loop when everybody has
  // been answered, or after kShutDownLimit.
  void shut_down(net::HttpServer& server);
  bool shutting_down() const { return shutting_down_; }  // /health answers 503
  // A call that answers nobody until its client leaves; a shut-down wakes it.
  void add_hanging(const std::shared_ptr<Inbox>& inbox);
  static constexpr Millis kShutDownLimit{3'000};

 private:
  struct PendingAbort {
    net::Timer timer;
    std::shared_ptr<Inbox> inbox;
    std::vector<std::string> rids;
  };
  void stop_when_quiet(net::HttpServer& server, MonoTime limit);
  bool authorized(const net::RequestHead& head, bool admin) const;

  net::EventLoop& loop_;
  StandinOptions options_;
  SimTime wall_at_start_;
  MonoTime mono_at_start_;
  Engine engine_;
  net::Timer engine_timer_;
  Behaviour behaviour_;
  simdjson::dom::parser parser_;
  Rng rng_;
  std::list<PendingAbort> pending_aborts_;
  std::vector<std::weak_ptr<Inbox>> hanging_;
  net::Timer quiet_timer_;
  bool shutting_down_ = false;
};

// Sleeps, but not beyond a shut-down.
net::Task<void> nap(Standin& standin, Millis duration);

inline constexpr std::string_view kJsonHeaders = "server: uvicorn\r\ncontent-type: application/json\r\n";
inline constexpr std::string_view kTextHeaders = "server: uvicorn\r\ncontent-type: text/plain; charset=utf-8\r\n";
inline constexpr std::string_view kStreamHeaders =
    "server: uvicorn\r\ncontent-type: text/event-stream; charset=utf-8\r\n";
inline constexpr std::size_t kMostBody = 512u * 1024 * 1024;

// The decoded value of `key` in a query string.
std::optional<std::string> query_value(std::string_view query, std::string_view key);

}  // namespace ktl::standin

#pragma once
// What happens when the client leaves in the middle: the engine is told to stop first, and its last word (which says
// what it really generated) is waited for a little; only then is the connection closed.
#include <functional>

#include "gateway/exchange.h"
#include "upstream/link.h"

namespace ktl::gateway {

class Departure {
 public:
  explicit Departure(Exchange& x) : x_(x) {}
  ~Departure();
  Departure(const Departure&) = delete;
  Departure& operator=(const Departure&) = delete;

  // From now on a leaving client stops the engine behind `link`.
  void watch(upstream::Link& link);
  // While waiting in a queue: what to do instead when the client leaves.
  void watch(std::function<void()> leave_queue);
  // The connection that the engine's answer comes over (owned elsewhere); null when there is none.
  net::ClientConnection*& connection() { return connection_; }

  bool client_left() const { return left_; }
  // Also used when we give up on an engine ourselves: stop it, but do not wait long.
  void stop_engine();

 private:
  void on_left();

  Exchange& x_;
  upstream::Link* link_ = nullptr;
  net::ClientConnection* connection_ = nullptr;
  bool left_ = false;
  bool stopping_ = false;
  net::Timer patience_;
};

}  // namespace ktl::gateway

#pragma once
// One simulated server with our functions, and the network before it, for tests: messages are delayed, reordered, lost
// and delivered twice; the server goes away and comes back, with everything or without its last second. All in
// simulated time: events run in order, at their instants. Not thread-safe.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "storage/redis/lua_host.h"

namespace ktl::storage::redis {

struct NetworkFaults {
  double losing = 0;       // a message, each way
  double duplicating = 0;  // a request
  std::int64_t longest_delay = 10;
  bool loses_a_second = false;  // the server's file is written once a second; else with every command
};

class SharedNetwork {
 public:
  // `host` is empty; simulated time begins at `start` (ms since the epoch).
  SharedNetwork(LuaHost& host, Rng& rng, NetworkFaults faults, std::int64_t start);

  std::int64_t now() const { return now_; }
  void at(std::int64_t instant, std::function<void()> run);
  void in(std::int64_t delay, std::function<void()> run) { at(now_ + delay, std::move(run)); }
  // Runs what happens until `instant`.
  void run_until(std::int64_t instant);

  // `answered` runs once: with the reply, or with nothing after `patience`. `reachable` is asked whenever a message
  // arrives. A reservation is delivered twice only if it was admitted: nobody sends one again that was refused.
  void send(Command command, std::int64_t patience, std::function<bool()> reachable,
            std::function<void(std::optional<Value>)> answered);

  bool up() const { return up_; }
  bool loses_a_second() const { return faults_.loses_a_second; }
  void stop();  // as kill -9: connections break
  void start() { up_ = true; }
  void heal();  // from now on every message arrives, and soon

  // Charges that the server had admitted and has forgotten.
  std::function<void(const std::string& charge)> on_forgotten;

 private:
  struct Event {
    std::int64_t at;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Event& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  bool chance(double probability) { return rng_.unit() < probability; }
  std::int64_t delay();
  Value execute(const Command& command);
  void write_to_disk();

  LuaHost& host_;
  Rng& rng_;
  NetworkFaults faults_;
  std::int64_t now_;
  std::uint64_t order_ = 0;
  std::vector<Event> events_;  // a heap: the next one first
  bool up_ = true;
  std::uint64_t connections_ = 0;  // all break when the server stops
  LuaHostKeyspace on_disk_;
  bool writing_ = false;  // there is something that is not on disk
  std::vector<std::string> admitted_since_;
};

}  // namespace ktl::storage::redis

#include "storage/redis/shared_network.h"

#include <algorithm>
#include <memory>

namespace ktl::storage::redis {

SharedNetwork::SharedNetwork(LuaHost& host, Rng& rng, NetworkFaults faults, std::int64_t start)
    : host_(host), rng_(rng), faults_(faults), now_(start) {}

void SharedNetwork::at(std::int64_t instant, std::function<void()> run) {
  events_.push_back({std::max(instant, now_), ++order_, std::move(run)});
  std::push_heap(events_.begin(), events_.end());
}

void SharedNetwork::run_until(std::int64_t instant) {
  while (!events_.empty() && events_.front().at <= instant) {
    std::pop_heap(events_.begin(), events_.end());
    const Event event = std::move(events_.back());
    events_.pop_back();
    now_ = event.at;
    event.run();
  }
  now_ = instant;
}

// Mostly short.
std::int64_t SharedNetwork::delay() {
  const std::int64_t longest = chance(0.1) ? faults_.longest_delay : faults_.longest_delay / 10 + 1;
  return static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(longest)));
}

void SharedNetwork::heal() {
  faults_.losing = faults_.duplicating = 0;
  faults_.longest_delay = std::min<std::int64_t>(faults_.longest_delay, 50);
}

Value SharedNetwork::execute(const Command& command) {
  host_.set_time(WallTime(Millis(now_)));
  if (faults_.loses_a_second && !writing_) {
    writing_ = true;
    in(1000, [this, connection = connections_] {
      if (connection == connections_) write_to_disk();
    });
  }
  Value reply = host_.call(command);
  const bool admits = command.words[1].ends_with("_reserve") && reply.items.size() > 3 && reply.items[0].integer == 1 &&
                      reply.items[3].integer == 1;
  if (admits) {
    const std::size_t keys = std::stoul(command.words[2]);
    admitted_since_.push_back(command.words[3 + keys + 2]);
  }
  return reply;
}

void SharedNetwork::send(Command command, std::int64_t patience, std::function<bool()> reachable,
                         std::function<void(std::optional<Value>)> answered) {
  struct Call {
    Command command;
    std::function<bool()> reachable;
    std::function<void(std::optional<Value>)> answered;
    bool over = false;
    void end(std::optional<Value> reply) {
      if (over) return;
      over = true;
      answered(std::move(reply));
    }
  };
  auto call = std::make_shared<Call>(Call{std::move(command), std::move(reachable), std::move(answered)});
  in(patience, [call] { call->end(std::nullopt); });
  const std::uint64_t connection = connections_;
  const auto arrive = [this, call, connection] {
    if (!up_ || connection != connections_ || !call->reachable()) return;
    const bool reserves = call->command.words[1].ends_with("_reserve");
    const Value reply = execute(call->command);
    const bool refused = reserves && !reply.items.empty() && reply.items[0].integer == 0;
    if (!refused && chance(faults_.duplicating)) {
      in(delay(), [this, call, connection] {
        if (up_ && connection == connections_) execute(call->command);
      });
    }
    if (chance(faults_.losing)) return;
    in(delay(), [this, call, connection, reply] {
      if (connection == connections_ && call->reachable()) call->end(reply);
    });
  };
  if (!up_ || chance(faults_.losing)) return;
  in(delay(), arrive);
}

void SharedNetwork::write_to_disk() {
  on_disk_ = host_.keyspace();
  admitted_since_.clear();
  writing_ = false;
}

void SharedNetwork::stop() {
  up_ = false;
  ++connections_;
  if (!faults_.loses_a_second) return;
  host_.keyspace() = on_disk_;
  for (const std::string& charge : admitted_since_) on_forgotten(charge);
  admitted_since_.clear();
  writing_ = false;
}

}  // namespace ktl::storage::redis

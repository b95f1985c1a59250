#pragma once
// Looks at the gateway and its engines once a second, on one loop, however many want to know. Whoever wants to know
// gets the same immutable sample.
#include <functional>
#include <memory>
#include <vector>

#include "gateway/services.h"
#include "monitor/engine_watch.h"
#include "monitor/sample.h"
#include "net/event_loop.h"

namespace ktl::monitor {

class Monitor {
 public:
  struct Options {
    Millis interval{1'000};
    std::string store_kind;
    std::function<std::shared_ptr<const gpu::Reading>()> gpu{};  // the newest; may be empty
  };
  using Listener = std::function<void(std::shared_ptr<const Sample>)>;

  // Lives and dies on the loop of `on`; the engines' links are those of that loop.
  Monitor(gateway::LoopServices& on, const std::vector<upstream::Upstream*>& upstreams, Options options);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Called on the loop with every sample. Set before start().
  void add_listener(Listener listener) { listeners_.push_back(std::move(listener)); }
  void start();

 private:
  void tick();
  Sample take();
  StoreState store_state() const;

  gateway::LoopServices& on_;
  const Options options_;
  std::vector<EngineWatch> engines_;
  std::vector<Listener> listeners_;
  TrafficWindow traffic_;
  std::vector<Trouble> troubles_;
  WallTime started_{};
  std::uint64_t sequence_ = 0;
  MonoTime due_{};
  net::Timer next_;
};

}  // namespace ktl::monitor

#pragma once
// One engine as all event loops share it: where it is, the gate into it, whether it answers. Thread-safe.
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/address.h"
#include "upstream/gate.h"
#include "upstream/options.h"

namespace ktl::upstream {

enum class Health : std::uint8_t { unknown, up, down };
std::string_view name_of(Health health);  // "unknown", "healthy", "unreachable"

class Upstream {
 public:
  // Resolves the host: call it at start-up. Error: not_found.
  static Result<std::unique_ptr<Upstream>> create(Options options);

  const Options& options() const { return options_; }
  const std::string& name() const { return options_.name; }
  const net::Address& address() const { return address_; }
  Gate& gate() { return gate_; }
  const Gate& gate() const { return gate_; }

  Health health() const { return health_.load(std::memory_order_relaxed); }
  // The engine's version as it tells it itself ("0.5.9"); empty while unknown.
  std::string version() const;
  void note_version(std::string version);

  // Told by whoever talked to the engine. True if that changed the health.
  bool note_answered() { return health_.exchange(Health::up, std::memory_order_relaxed) != Health::up; }
  bool note_unreachable() { return health_.exchange(Health::down, std::memory_order_relaxed) != Health::down; }

 private:
  Upstream(Options options, net::Address address);

  Options options_;
  net::Address address_;
  Gate gate_;
  std::atomic<Health> health_{Health::unknown};
  mutable std::mutex version_mutex_;
  std::string version_;  // guarded by version_mutex_
};

// The engine that a request for a model goes to: among those that are not down, the one with the least in flight for its
// weight; if all are down, still one (it may be back). nullptr only for an empty list. `skip` is not taken again.
Upstream* choose(const std::vector<Upstream*>& candidates, const Upstream* skip = nullptr);

}  // namespace ktl::upstream

#pragma once
// Every HTTP answer that is not a generation request: health, models, metrics, usage, and the admin pages. One object
// for the whole program; thread-safe. What it answers it computes on the loop of whoever asks.
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "admin/access.h"
#include "admin/management.h"
#include "admin/options.h"
#include "base/result.h"
#include "gateway/services.h"
#include "monitor/sample.h"
#include "net/http_server.h"
#include "series/history.h"
#include "telemetry/registry.h"
#include "upstream/upstream.h"

namespace ktl::admin {

// References and pointers outlive the Admin, and the registry's scrapes.
struct AdminServices {
  gateway::Services& gateway;
  telemetry::Registry& registry;
  std::vector<upstream::Upstream*> upstreams;
  Options options;
  // Reads the configuration anew. Called on an event loop, on the thread of whoever asks for it. May be empty.
  std::function<Result<void>()> reload;
  series::History& history;
  Management* management = nullptr;  // of users, keys, groups and limits; null: they cannot be changed here
};

struct State;

class Admin {
 public:
  // Registers the gauges that are sampled at each scrape: engines, queues, ledger, build.
  explicit Admin(AdminServices services);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  // Answers one request, whatever its method and path: unknown ones get 404 and 405 in OpenAI's error shape. Generation
  // endpoints are known to it only as paths that want POST. `loop` is that of the exchange. `session` outlives
  // the task; see access.h.
  net::Task<void> serve(net::HttpExchange& http, gateway::LoopServices& loop, const Session* session = nullptr);

  std::span<upstream::Upstream* const> upstreams() const;

  // The newest sample, for the pages that show what goes on now.
  void publish(std::shared_ptr<const monitor::Sample> sample);
  // Ends the streams of samples, with a farewell. Those that are asked for later end at once.
  void close_streams();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ktl::admin

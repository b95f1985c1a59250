#pragma once
// The whole system, put together: the only place that knows all concrete types. Construction order is destruction order
// reversed, so whatever is used outlives whoever uses it.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "admin/admin.h"
#include "app/catalogue_builder.h"
#include "app/history_keeper.h"
#include "app/management.h"
#include "app/serve.h"
#include "app/store.h"
#include "config/config.h"
#include "dashboard/dashboard.h"
#include "gateway/lifecycle.h"
#include "gpu/watcher.h"
#include "monitor/monitor.h"
#include "net/http_server.h"
#include "storage/journal/worker.h"
#include "telemetry/access_log.h"
#include "telemetry/registry.h"
#include "upstream/health_probe.h"

namespace ktl::app {

// One event loop with its thread, its listening socket and its connections to the engines.
struct Worker {
  Worker(gateway::Services& services, Rng rng) : loop_services(services, loop, rng) {}

  net::EventLoop loop;
  gateway::LoopServices loop_services;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<dashboard::Dashboard> dashboard;  // on the last loop only, as the server for it
  std::unique_ptr<net::HttpServer> dashboard_server;
  std::vector<std::unique_ptr<upstream::HealthProbe>> probes;  // on the first loop only
  std::unique_ptr<monitor::Monitor> monitor;                   // the same
  std::thread thread;
};

class System {
 public:
  // Builds everything and binds the port; nothing runs yet. Errors are for the operator.
  static Result<std::unique_ptr<System>> build(const config::Config& config, const ServeOptions& options);
  ~System();

  std::uint16_t port() const { return port_; }
  std::uint16_t dashboard_port() const { return dashboard_port_; }  // 0: there is none
  telemetry::Log& log() { return *log_; }

  void start();
  // Takes over users, keys, groups and limits of a new configuration. Thread-safe. On error nothing changes.
  Result<void> reload(const config::Config& config);
  // Refuses new work, waits for running requests at most `patience`, stops the loops.
  void drain_and_stop(Millis patience);

 private:
  System(const config::Config& config, const config::Environment& environment);
  Result<void> set_up(const ServeOptions& options);
  Result<void> check_exposure(const config::Config& config) const;
  Result<void> open_logs();
  Result<void> restore_books();
  Result<void> listen();
  Result<void> listen_for_dashboard();
  admin::Options admin_options() const;
  void follow_engines();
  void watch_everything();
  void watch_store();
  void follow_identity();
  void watch_file();
  Result<void> take_over(std::span<const storage::Edit> edits);
  net::ServerOptions server_options() const;
  static net::Task<void> wait_until_idle(Worker& worker, MonoTime until);

  config::Config config_;
  bool allow_demo_keys_ = false;
  config::Language language_ = config::Language::english;
  SystemClock clock_;
  std::unique_ptr<telemetry::LineWriter> log_writer_;
  std::unique_ptr<telemetry::LineWriter> access_writer_;
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<telemetry::AccessLog> access_log_;
  telemetry::Registry registry_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<gateway::Accounting> accounting_;
  std::vector<std::unique_ptr<upstream::Upstream>> upstreams_;
  std::vector<upstream::Upstream*> upstream_list_;
  Tokenizers tokenizers_;
  std::vector<FollowingCounter> counters_;  // guarded by reload_mutex_
  gateway::CatalogueHolder catalogue_;
  gateway::ExpectedOutput expected_output_;
  gateway::Metrics metrics_;
  gateway::Options options_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> identity_changed_{false};  // by another gateway
  std::unique_ptr<gateway::Services> services_;
  std::function<Result<void>()> reload_from_files_;
  std::unique_ptr<HistoryKeeper> history_;
  std::unique_ptr<gpu::Watcher> gpus_;
  std::unique_ptr<Management> management_;
  std::unique_ptr<admin::Admin> admin_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<net::Offload> offload_;  // ends before the loops that wait for it
  std::mutex reload_mutex_;
  config::Config loaded_;                               // last taken over; guarded by reload_mutex_
  std::int64_t people_version_ = 0;                     // the store's, last taken over; guarded by reload_mutex_
  std::unique_ptr<storage::Worker> identity_follower_;  // of shared users and keys
  std::uint16_t port_ = 0;
  std::uint16_t dashboard_port_ = 0;
};

}  // namespace ktl::app

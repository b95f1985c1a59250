#include "app/wiring.h"

#include <algorithm>

#include "app/upstream_options.h"
#include "app/usage_reader.h"
#include "app/version.h"
#include "base/named_thread.h"
#include "config/exposure.h"
#include "config/load.h"
#include "gpu/nvml_source.h"
#include "monitor/points.h"
#include "net/address.h"
#include "protocol/messages.h"

namespace ktl::app {
namespace {

constexpr std::size_t kOffloadThreads = 2;
constexpr Millis kFollowAnyway{3'600'000};
constexpr Millis kLookAtFile{1'000};
constexpr std::string_view kJsonHeader = "content-type: application/json; charset=utf-8\r\n";

gateway::Loss loss_of(config::StoreLoss loss) {
  switch (loss) {
    case config::StoreLoss::local_share:
      return gateway::Loss::local_share;
    case config::StoreLoss::open:
      return gateway::Loss::open;
    case config::StoreLoss::closed:
      break;
  }
  return gateway::Loss::closed;
}

}  // namespace

System::System(const config::Config& config, const config::Environment& environment)
    : config_(config), tokenizers_(tokenizer_places(environment)), metrics_(registry_) {}

System::~System() = default;

Result<std::unique_ptr<System>> System::build(const config::Config& config, const ServeOptions& options) {
  std::unique_ptr<System> system(new System(config, options.environment));
  if (auto done = system->set_up(options); !done) return tl::unexpected(done.error());
  return system;
}

Result<void> System::set_up(const ServeOptions& serve_options) {
  allow_demo_keys_ = serve_options.allow_demo_keys;
  language_ = serve_options.language;
  if (auto done = check_exposure(config_); !done) return done;
  if (auto done = open_logs(); !done) return done;

  auto store = Store::open(config_.storage, config_.rate_limiting);
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);

  gateway::Accounting::Options accounting;
  accounting.engine = {.day_offset = config_.rate_limiting.day_offset,
                       .rolling_day = config_.rate_limiting.rolling_day};
  accounting.bans = {.threshold = config_.rate_limiting.ban_threshold,
                     .window = config_.rate_limiting.ban_window,
                     .duration = config_.rate_limiting.ban_duration};
  if (store_->is_shared()) accounting.shared = loss_of(config_.storage.on_store_loss);
  accounting_ = std::make_unique<gateway::Accounting>(accounting, store_->journal(), clock_);
  if (auto done = restore_books(); !done) return done;

  for (const config::Upstream& from : config_.upstreams) {
    auto upstream = upstream::Upstream::create(upstream_options(from, config_.server.timeouts));
    if (!upstream) return tl::unexpected(upstream.error());
    upstream_list_.push_back(upstream->get());
    upstreams_.push_back(std::move(*upstream));
  }
  if (auto done = reload(config_); !done) return done;

  options_.max_body_bytes = config_.security.max_body_bytes;
  options_.answer_timeout = config_.server.timeouts.first_event;
  options_.stream_idle_timeout = config_.server.timeouts.stream_idle;
  options_.strict_mode = config_.rate_limiting.strict_mode;
  options_.wait_for_disk = config_.storage.group_commit.count() == 0;
  options_.log_violations = config_.rate_limiting.log_violations;
  offload_ = std::make_unique<net::Offload>(kOffloadThreads);
  services_ = std::make_unique<gateway::Services>(gateway::Services{options_, clock_, *accounting_, catalogue_,
                                                                    expected_output_, metrics_, *log_,
                                                                    access_log_.get(), draining_, *offload_});
  reload_from_files_ = [this, serve_options]() -> Result<void> {
    auto config = config::load(serve_options.config_files, serve_options.environment);
    if (!config) return fail(ErrorCode::invalid, ErrorSource::gateway, config.error().front().text());
    return reload(*config);
  };
  history_ = std::make_unique<HistoryKeeper>(history_path(config_.storage), clock_, *log_);
  gpus_ = std::make_unique<gpu::Watcher>(std::make_unique<gpu::NvmlSource>(clock_), gpu::Watcher::Options{});
  management_ = std::make_unique<Management>(Management::Surroundings{
      .store = store_->identity(),
      .clock = clock_,
      .config =
          [this] {
            const std::lock_guard lock(reload_mutex_);
            return loaded_;
          },
      .numbers = [this](ScopeKind kind, std::string_view name) { return store_->scope(kind, name); },
      .in_force = [this] { return catalogue_.get()->roster; },
      .take_over = [this](std::span<const storage::Edit> edits) { return take_over(edits); },
      .bans = [this] { return accounting_->bans(); },
      .usage =
          [this](const admin::UsageQuestion& question) {
            return read_usage(store_->usage(), config_.rate_limiting.day_offset, question);
          },
      .started_with = [this] { return config_; },
      .in_flight_limits =
          [this] {
            std::vector<std::pair<std::string, std::int64_t>> limits;
            for (upstream::Upstream* upstream : upstream_list_)
              limits.emplace_back(upstream->name(), upstream->gate().limit());
            return limits;
          }});
  admin_ =
      std::make_unique<admin::Admin>(admin::AdminServices{*services_, registry_, upstream_list_, admin_options(),
                                                          reload_from_files_, history_->history(), management_.get()});
  if (auto done = listen(); !done) return done;
  return listen_for_dashboard();
}

// Of `config`'s keys on the address that is listened on.
Result<void> System::check_exposure(const config::Config& config) const {
  if (allow_demo_keys_) return {};
  config::Config exposed = config;
  exposed.server.host = config_.server.host;
  exposed.dashboard = config_.dashboard;
  const auto problem = config::exposure_problem(exposed, language_);
  if (problem) return fail(ErrorCode::invalid, ErrorSource::gateway, *problem);
  return {};
}

Result<void> System::open_logs() {
  const config::Logging& logging = config_.logging;
  const auto open = [](const std::string& path) -> Result<std::unique_ptr<telemetry::LineWriter>> {
    if (path.empty()) return std::make_unique<telemetry::LineWriter>(2);
    return telemetry::LineWriter::open(path, {});
  };
  auto writer = open(logging.file);
  if (!writer) return tl::unexpected(writer.error());
  log_writer_ = std::move(*writer);
  log_ = std::make_unique<telemetry::Log>(*log_writer_, clock_, logging.level, logging.format);
  if (!logging.access_log) return {};
  telemetry::LineWriter* access = log_writer_.get();
  if (!logging.access_log_file.empty()) {
    auto own = open(logging.access_log_file);
    if (!own) return tl::unexpected(own.error());
    access_writer_ = std::move(*own);
    access = access_writer_.get();
  }
  access_log_ = std::make_unique<telemetry::AccessLog>(*access, logging.format);
  return {};
}

Result<void> System::restore_books() {
  const WallTime now = clock_.wall();
  if (ledger::Books* books = store_->books(); books != nullptr) {
    auto usage = books->usage_since(now - std::chrono::hours(25), now);
    if (!usage) return tl::unexpected(usage.error());
    auto totals = books->totals();
    if (!totals) return tl::unexpected(totals.error());
    accounting_->restore(*usage, *totals);
  }
  auto bans = store_->bans(now);
  if (!bans) return tl::unexpected(bans.error());
  for (auto& ban : *bans) accounting_->restore_ban(std::move(ban));
  accounting_->on_ban_change([this](const quota::Ban& ban, bool lifted) { store_->write_ban(ban, lifted); });
  if (const std::string report = store_->recovery_report(); !report.empty())
    log_->info("recovered after a crash", {{"report", report}});
  return {};
}

Result<void> System::reload(const config::Config& config) {
  const std::lock_guard lock(reload_mutex_);
  if (config.upstreams.size() != upstream_list_.size())
    return fail(ErrorCode::invalid, ErrorSource::gateway, "a change of upstreams needs a restart");
  if (auto done = check_exposure(config); !done) return done;
  auto built = build_catalogue(config, *store_, upstream_list_, tokenizers_, metrics_);
  if (!built) return tl::unexpected(built.error());
  for (const std::string& estimated : built->estimated) log_->warn("prompts are estimated", {{"model", estimated}});
  for (const ScopeLimits& scope : built->limits) {
    accounting_->set_limits(scope.scope, scope.kind, scope.limits);
    if (store_->is_shared()) store_->set_limits(scope.scope, scope.limits);
  }
  accounting_->set_ban_options({.threshold = config.rate_limiting.ban_threshold,
                                .window = config.rate_limiting.ban_window,
                                .duration = config.rate_limiting.ban_duration});
  catalogue_.set(std::move(built->catalogue));
  counters_ = std::move(built->counters);
  loaded_ = config;
  people_version_ = built->people_version;
  follow_engines();
  return {};
}

// What an engine makes of a prompt depends on its version, which is known once it answers. reload_mutex_ held.
void System::follow_engines() {
  for (const FollowingCounter& following : counters_) {
    if (following.upstreams.empty()) continue;
    const auto known = std::find_if(following.upstreams.begin(), following.upstreams.end(),
                                    [](const upstream::Upstream* u) { return !u->version().empty(); });
    const upstream::Upstream& engine = **(known == following.upstreams.end() ? following.upstreams.begin() : known);
    const bool vllm = engine.options().type == upstream::EngineType::vllm;
    following.counter->set_dialect(prompt::dialect_of(vllm ? "vllm" : "sglang", engine.version()));
  }
}

net::ServerOptions System::server_options() const {
  const config::Timeouts& timeouts = config_.server.timeouts;
  net::ServerOptions options;
  options.max_head_bytes = static_cast<std::size_t>(config_.server.max_head_bytes);
  options.max_connections = static_cast<std::size_t>(config_.server.max_connections);
  options.head_timeout = timeouts.client_head;
  options.body_idle_timeout = timeouts.client_body;
  options.keep_alive_timeout = timeouts.keep_alive;
  options.write_timeout = timeouts.client_write;
  options.error_answer = [](int status, std::string_view) {
    return net::ServerOptions::ErrorAnswer{std::string(kJsonHeader),
                                           protocol::render(protocol::bad_http(protocol::Language::korean, status))};
  };
  return options;
}

Result<void> System::listen() {
  std::int64_t threads = config_.server.threads;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  if (config_.server.port != 0 && !net::port_is_free(config_.server.host, config_.server.port))
    return fail(ErrorCode::conflict, ErrorSource::gateway,
                config_.server.host + ":" + std::to_string(config_.server.port) + " is in use by another program");
  port_ = config_.server.port;
  for (std::int64_t i = 0; i < threads; ++i) {
    auto worker = std::make_unique<Worker>(*services_, Rng::from_system());
    gateway::LoopServices& on = worker->loop_services;
    const auto handler = [this, &on](net::HttpExchange& http) -> net::Task<void> {
      const auto endpoint = protocol::endpoint_of(http.head().path);
      if (endpoint && http.head().method == "POST") return gateway::serve(http, on, *endpoint);
      return admin_->serve(http, on);
    };
    if (store_->is_shared()) {
      auto limits = store_->limits_for(worker->loop);
      if (!limits) return tl::unexpected(limits.error());
      on.shared_limits = std::move(*limits);
      on.shared_limits->on_leases([this](int more) { metrics_.leases.add(more); });
    }
    worker->server = std::make_unique<net::HttpServer>(worker->loop, server_options(), handler);
    auto bound = worker->server->listen(config_.server.host, port_);
    if (!bound) return tl::unexpected(bound.error());
    port_ = *bound;
    workers_.push_back(std::move(worker));
  }
  Worker& first = *workers_.front();
  for (upstream::Upstream* upstream : upstream_list_) {
    auto probe =
        std::make_unique<upstream::HealthProbe>(first.loop_services.links.to(*upstream), upstream::ProbeOptions{});
    probe->on_change([this](const upstream::Upstream& changed) {
      log_->info("engine health", {{"upstream", changed.name()},
                                   {"health", upstream::name_of(changed.health())},
                                   {"version", changed.version()}});
      const std::lock_guard lock(reload_mutex_);
      follow_engines();
    });
    first.probes.push_back(std::move(probe));
  }
  watch_everything();
  return {};
}

// One sample a second, for the pages and for the history.
void System::watch_everything() {
  Worker& first = *workers_.front();
  monitor::Monitor::Options options;
  options.store_kind = store_->kind();
  options.gpu = [this] { return gpus_->newest(); };
  first.monitor = std::make_unique<monitor::Monitor>(first.loop_services, upstream_list_, std::move(options));
  first.monitor->add_listener([this](const std::shared_ptr<const monitor::Sample>& sample) {
    admin_->publish(sample);
    const auto points = monitor::points_of(*sample);
    if (!points.empty()) history_->history().add(sample->at, sample->now.seconds, points);
  });
}

// What other gateways changed. The store's thread must not wait for the store, so a reload runs on one of its own.
void System::watch_store() {
  Store::Watcher watcher;
  watcher.ban = [this](quota::Ban ban, bool lifted) { accounting_->take_over_ban(std::move(ban), lifted); };
  identity_follower_ = std::make_unique<storage::Worker>("people", [this] {
    if (identity_changed_.exchange(false)) follow_identity();
    return kFollowAnyway;
  });
  watcher.identity = [this] {
    identity_changed_ = true;
    identity_follower_->wake();
  };
  watcher.reach = [this](bool reachable, const std::string& why) {
    if (reachable) {
      log_->info("the shared store answers again");
    } else {
      log_->error("the shared store is lost",
                  {{"reason", why}, {"on_store_loss", gateway::name_of(*accounting_->loss())}});
    }
  };
  watcher.stuck = [this](const std::string& why) {
    if (why.empty()) {
      log_->info("usage in the shared store is added up again");
    } else {
      log_->error("usage in the shared store is not added up", {{"reason", why}});
    }
  };
  store_->watch(std::move(watcher));
}

// Users and keys of the store, as they are now, with the configuration as it was last taken over.
void System::follow_identity() {
  config::Config config;
  {
    const std::lock_guard lock(reload_mutex_);
    config = loaded_;
  }
  if (auto done = reload(config); !done)
    log_->error("changed users and keys were not taken over", {{"problem", done.error().message}});
}

// What an admin has changed here.
Result<void> System::take_over(std::span<const storage::Edit> edits) {
  for (const storage::Edit& edit : edits) {
    if (const auto* ban = std::get_if<storage::BanRow>(&edit)) accounting_->take_over_ban(ban_of(*ban), false);
    if (const auto* lifted = std::get_if<storage::LiftedBan>(&edit))
      accounting_->take_over_ban({.scope = lifted->scope, .until = std::nullopt, .manual = true, .reason = {}}, true);
  }
  config::Config config;
  {
    const std::lock_guard lock(reload_mutex_);
    config = loaded_;
  }
  return reload(config);
}

// What the command line changed in the file. It cannot tell us, so we look once a second.
void System::watch_file() {
  identity_follower_ = std::make_unique<storage::Worker>("people", [this] {
    std::int64_t known = 0;
    {
      const std::lock_guard lock(reload_mutex_);
      known = people_version_;
    }
    const auto version = store_->identity().version();
    if (!version || *version <= known) return kLookAtFile;
    const auto bans = store_->identity().bans_since(known);
    for (const storage::BanRow& ban : bans ? *bans : std::vector<storage::BanRow>{})
      accounting_->take_over_ban(ban_of(ban), ban.until <= clock_.wall());
    follow_identity();
    return kLookAtFile;
  });
}

void System::start() {
  if (store_->is_shared()) watch_store();
  if (store_->kind() == "sqlite") watch_file();
  for (auto& worker : workers_) {
    Worker* w = worker.get();
    w->loop.post([w] {
      for (auto& probe : w->probes) probe->start();
      if (w->monitor) w->monitor->start();
    });
    w->thread = named_thread("loop", [w] { w->loop.run(); });
  }
}

void System::drain_and_stop(Millis patience) {
  draining_ = true;
  const MonoTime until = clock_.mono() + patience;
  admin_->close_streams();
  for (auto& worker : workers_) {
    Worker* w = worker.get();
    w->loop.post([w, until] {
      w->probes.clear();
      w->monitor.reset();
      w->server->drain();
      if (w->dashboard_server) w->dashboard_server->drain();
      w->loop.spawn(wait_until_idle(*w, until));
    });
  }
  for (auto& worker : workers_) worker->thread.join();
  if (store_->is_shared()) store_->stop_watching();
  identity_follower_.reset();
}

net::Task<void> System::wait_until_idle(Worker& worker, MonoTime until) {
  // This coroutine is one of the spawned; the others are connections and what they left behind.
  while (worker.loop.spawned() > 1 && worker.loop.now() < until) co_await worker.loop.sleep(Millis(10));
  // Patience is over: whoever is still there is treated as a client that left, so that its engine is stopped and its
  // charge is settled before the process ends.
  if (worker.loop.spawned() > 1) {
    worker.server->close_all();
    if (worker.dashboard_server) worker.dashboard_server->close_all();
  }
  const MonoTime last = worker.loop.now() + Millis(3'000);
  while (worker.loop.spawned() > 1 && worker.loop.now() < last) co_await worker.loop.sleep(Millis(10));
  if (worker.loop.spawned() == 1) worker.loop_services.shared_limits.reset();
  while (worker.loop.services() > 0 && worker.loop.now() < last) co_await worker.loop.sleep(Millis(1));
  worker.loop.stop();
}

}  // namespace ktl::app

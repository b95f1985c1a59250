// The dashboard's place in the system: on the last event loop, which has the least to do besides, as the first one asks
// the engines how they are.
#include "app/version.h"
#include "app/wiring.h"
#include "net/address.h"

namespace ktl::app {

admin::Options System::admin_options() const {
  return {.api_key_required = config_.security.api_key_required,
          .trust_loopback = config_.security.trust_loopback,
          .metrics_open = config_.metrics.open,
          .version = std::string(kVersion),
          .storage = std::string(store_->kind()),
          .korean_factor = config_.tokenizer.korean_factor,
          .allowed_origins = config_.security.allowed_origins};
}

Result<void> System::listen_for_dashboard() {
  if (!config_.dashboard.enabled) return {};
  const std::string& host = config_.dashboard.host;
  const std::uint16_t port = config_.dashboard.port;
  if (port != 0 && !net::port_is_free(host, port))
    return fail(ErrorCode::conflict, ErrorSource::gateway,
                "the dashboard's " + host + ":" + std::to_string(port) + " is in use by another program");
  Worker& worker = *workers_.back();
  dashboard::DashboardOptions options;
  options.admin = admin_options();
  options.cookie_name += "_" + std::to_string(port);
  worker.dashboard = std::make_unique<dashboard::Dashboard>(std::move(options), *admin_, worker.loop_services);
  dashboard::Dashboard& dashboard = *worker.dashboard;
  const auto handler = [&dashboard](net::HttpExchange& http) { return dashboard.serve(http); };
  worker.dashboard_server = std::make_unique<net::HttpServer>(worker.loop, server_options(), handler);
  auto bound = worker.dashboard_server->listen(host, port);
  if (!bound) return tl::unexpected(bound.error());
  dashboard_port_ = *bound;
  return {};
}

}  // namespace ktl::app

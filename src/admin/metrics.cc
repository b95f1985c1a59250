// GET /metrics: all numbers, for Prometheus.
#include "admin/pages.h"
#include "admin/sampled.h"
#include "telemetry/prometheus_text.h"

namespace ktl::admin {

Answer metrics(Page& page) {
  return {.content_type = std::string(telemetry::kPrometheusContentType),
          .body = telemetry::prometheus_text(page.state.services.registry)};
}

void register_sampled(const AdminServices& services) {
  telemetry::Registry& registry = services.registry;
  for (const upstream::Upstream* engine : services.upstreams) {
    const telemetry::Labels labels{{"upstream", engine->name()}};
    registry.sampled_gauge(
        "token_limiter_upstream_in_flight", "Requests running at the engine.",
        [engine] { return static_cast<double>(engine->gate().running()); }, labels);
    registry.sampled_gauge(
        "token_limiter_upstream_in_flight_limit", "Requests that may run at the engine at once.",
        [engine] { return static_cast<double>(engine->gate().limit()); }, labels);
    registry.sampled_gauge(
        "token_limiter_upstream_queue_length", "Requests waiting for their turn at the engine.",
        [engine] { return static_cast<double>(engine->gate().waiting()); }, labels);
    registry.sampled_gauge(
        "token_limiter_upstream_up", "1: the engine answers; 0: it does not; -1: not known yet.",
        [engine] {
          if (engine->health() == upstream::Health::unknown) return -1.0;
          return engine->health() == upstream::Health::up ? 1.0 : 0.0;
        },
        labels);
  }
  const gateway::CatalogueHolder& catalogue = services.gateway.catalogue;
  for (const gateway::Model& model : catalogue.get()->models) {
    const telemetry::Labels labels{{"model", model.alias}};
    const auto sampled = [&](std::string_view name, std::string_view help, auto read) {
      registry.sampled_gauge(
          name, help,
          [&catalogue, read, alias = model.alias] {
            const auto picture = catalogue.get();
            const gateway::Model* now = picture->model(alias);
            return now == nullptr || !now->drift ? 0.0 : static_cast<double>(read(now->drift->snapshot()));
          },
          labels);
    };
    using Drift = prompt::Drift::Snapshot;
    sampled("token_limiter_prompt_counts_compared",
            "Answered requests whose prompt tokens were compared with the engine's.",
            [](const Drift& drift) { return drift.requests; });
    sampled("token_limiter_prompt_counts_equal", "Of those, how many were counted as the engine did.",
            [](const Drift& drift) { return drift.exact; });
    sampled("token_limiter_prompt_count_worst_difference", "The largest difference, ours - engine's.",
            [](const Drift& drift) { return drift.worst; });
    sampled("token_limiter_prompt_count_difference", "Sum of the differences, ours - engine's.",
            [](const Drift& drift) { return drift.difference; });
  }
  gateway::Accounting& accounting = services.gateway.accounting;
  registry.sampled_gauge("token_limiter_ledger_lag_entries", "Entries written down but not yet in the tables.",
                         [&accounting] { return static_cast<double>(accounting.journal().health().lag_entries); });
  registry.sampled_gauge(
      "token_limiter_ledger_lag_seconds", "Age of the oldest entry not yet in the tables.",
      [&accounting] { return static_cast<double>(accounting.journal().health().lag_milliseconds) / 1e3; });
  registry.sampled_gauge("token_limiter_store_accepting", "1: the store takes new charges; 0: it refuses them.",
                         [&accounting] { return accounting.journal().health().accepting ? 1.0 : 0.0; });
  registry.sampled_gauge("token_limiter_store_lost", "1: the store that gateways share does not answer.",
                         [&accounting] { return accounting.journal().health().lost ? 1.0 : 0.0; });
  registry.sampled_gauge("token_limiter_ledger_stuck_groups",
                         "Groups of tenants whose usage in the shared store cannot be added up.",
                         [&accounting] { return static_cast<double>(accounting.journal().health().stuck_groups); });
  registry.sampled_gauge("token_limiter_open_reservations", "Charges reserved and not yet ended.",
                         [&accounting] { return static_cast<double>(accounting.open_reservations()); });
  registry.sampled_gauge("token_limiter_draining", "1: the gateway is on its way out.",
                         [&draining = services.gateway.draining] { return draining.load() ? 1.0 : 0.0; });
  registry.sampled_gauge("token_limiter_build_info", "Always 1; the labels tell what runs.", [] { return 1.0; },
                         {{"version", services.options.version}, {"storage", services.options.storage}});
}

}  // namespace ktl::admin

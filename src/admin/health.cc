// GET /health, /livez, /readyz: does the gateway serve, and do the engines behind it answer?
#include <algorithm>

#include "admin/pages.h"

namespace ktl::admin {
namespace {

using upstream::Health;

bool any(const Page& page, Health health) {
  const auto& engines = page.state.services.upstreams;
  return std::any_of(engines.begin(), engines.end(), [&](const auto* engine) { return engine->health() == health; });
}

bool can_serve(const Page& page) {
  return any(page, Health::up) || any(page, Health::unknown);
}

Health engines_together(const Page& page) {
  if (any(page, Health::up)) return Health::up;
  return any(page, Health::unknown) ? Health::unknown : Health::down;
}

void write_upstreams(JsonWriter& json, const Page& page) {
  json.key("upstreams").begin_array();
  for (const upstream::Upstream* engine : page.state.services.upstreams) {
    json.begin_object()
        .field("name", engine->name())
        .field("status", upstream::name_of(engine->health()))
        .field("running_requests", engine->gate().running())
        .field("queue_length", engine->gate().waiting())
        .end_object();
  }
  json.end_array();
}

}  // namespace

Answer health(Page& page) {
  const gateway::Services& gateway = page.gateway();
  const bool draining = gateway.draining.load(std::memory_order_relaxed);
  const ledger::Journal::Health store = gateway.accounting.journal().health();
  const bool serves = !draining && can_serve(page);
  const bool whole = serves && store.accepting && !store.lost && !any(page, Health::down);

  JsonWriter json;
  json.begin_object();
  json.field("status", !serves ? "unhealthy" : whole ? "healthy" : "degraded");
  json.field("sglang_server", upstream::name_of(engines_together(page)));
  json.field("model", page.catalogue->models.empty() ? std::string() : page.catalogue->models.front().alias);
  json.field("storage", page.options().storage);
  json.key("storage_state").begin_object();
  json.field("accepting", store.accepting);
  json.field("reason", store.reason.empty() ? std::nullopt : std::optional(store.reason));
  if (const auto loss = gateway.accounting.loss())
    json.field("lost", store.lost).field("on_store_loss", gateway::name_of(*loss));
  json.field("lag_entries", store.lag_entries).field("lag_ms", store.lag_milliseconds).end_object();
  json.field("draining", draining);
  json.field("version", page.options().version);
  json.field("timestamp", timestamp(gateway.clock.wall()));
  write_upstreams(json, page);
  json.end_object();
  return answer_of(json, serves ? 200 : 503);
}

Answer liveness(Page&) {
  JsonWriter json;
  json.begin_object().field("status", "ok").end_object();
  return answer_of(json);
}

Answer readiness(Page& page) {
  const gateway::Services& gateway = page.gateway();
  std::vector<std::string_view> reasons;
  if (gateway.draining.load(std::memory_order_relaxed)) reasons.push_back("draining");
  const ledger::Journal::Health store = gateway.accounting.journal().health();
  if (!store.accepting || (store.lost && gateway.accounting.loss() == gateway::Loss::closed))
    reasons.push_back("storage_unavailable");
  if (!can_serve(page)) reasons.push_back("engine_unavailable");

  JsonWriter json;
  json.begin_object().field("status", reasons.empty() ? "ready" : "not_ready").key("reasons").begin_array();
  for (const std::string_view reason : reasons) json.value(reason);
  json.end_array().end_object();
  return answer_of(json, reasons.empty() ? 200 : 503);
}

}  // namespace ktl::admin

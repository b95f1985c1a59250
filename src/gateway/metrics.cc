#include "gateway/metrics.h"

#include <algorithm>

namespace ktl::gateway {
namespace {

telemetry::Counter& characters(telemetry::Registry& registry, const std::string& model, std::string script) {
  return registry.counter("token_limiter_prompt_characters_total", "Characters of the prompts of answered requests.",
                          {{"model", model}, {"script", std::move(script)}});
}

telemetry::Counter& text_tokens(telemetry::Registry& registry, const std::string& model, std::string method) {
  return registry.counter("token_limiter_text_prompt_tokens_total",
                          "Tokens of prompts without tools that were counted exactly, and by the estimate.",
                          {{"model", model}, {"method", std::move(method)}});
}

}  // namespace

ModelMetrics::ModelMetrics(telemetry::Registry& registry, std::string_view alias)
    : model(alias),
      requests(
          registry.counter("token_limiter_model_requests_total", "Requests for a model answered.", {{"model", model}})),
      prompt_tokens(registry.counter("token_limiter_model_tokens_total", "Tokens booked for a model.",
                                     {{"model", model}, {"kind", "prompt"}})),
      completion_tokens(registry.counter("token_limiter_model_tokens_total", "Tokens booked for a model.",
                                         {{"model", model}, {"kind", "completion"}})),
      cached_tokens(registry.counter("token_limiter_model_cached_tokens_total",
                                     "Prompt tokens of a model from the engine's prefix cache.", {{"model", model}})),
      refused(registry.counter("token_limiter_model_refused_total",
                               "Requests for a model refused after their body was read.", {{"model", model}})),
      engine_failures(registry.counter("token_limiter_model_engine_failures_total",
                                       "Requests for a model that an engine failed.", {{"model", model}})),
      hangul_characters(characters(registry, model, "hangul")),
      latin_characters(characters(registry, model, "latin")),
      other_characters(characters(registry, model, "other")),
      korean_tokens(registry.counter("token_limiter_korean_prompt_tokens_total",
                                     "Tokens of the texts of Korean prompts counted exactly.", {{"model", model}})),
      korean_syllables(registry.counter("token_limiter_korean_prompt_syllables_total",
                                        "Hangul syllables of the same prompts.", {{"model", model}})),
      exact_tokens(text_tokens(registry, model, "exact")),
      estimated_tokens(text_tokens(registry, model, "estimate")),
      first_token(registry.histogram("token_limiter_time_to_first_token_seconds",
                                     "From a stream's request head to the first generated token sent on.",
                                     telemetry::latency_shape(), {{"model", model}})),
      inter_token(registry.histogram("token_limiter_inter_token_seconds", "Between two tokens of a stream.",
                                     telemetry::latency_shape(), {{"model", model}})) {}

Metrics::Metrics(telemetry::Registry& registry)
    : prompt_tokens(registry.counter("token_limiter_tokens_total", "Tokens booked.", {{"kind", "prompt"}})),
      completion_tokens(registry.counter("token_limiter_tokens_total", "Tokens booked.", {{"kind", "completion"}})),
      cached_tokens(
          registry.counter("token_limiter_cached_tokens_total", "Prompt tokens from the engine's prefix cache.")),
      bans(registry.counter("token_limiter_bans_total", "Keys banned for too many violations.")),
      refused_by_ban(registry.counter("token_limiter_refused_total", "Requests refused.", {{"reason", "banned"}})),
      refused_by_queue(registry.counter("token_limiter_refused_total", "Requests refused.", {{"reason", "queue"}})),
      clients_left(
          registry.counter("token_limiter_clients_left_total", "Clients that left before their answer was whole.")),
      engine_failures(registry.counter("token_limiter_engine_failures_total", "Requests that an engine failed.")),
      unshared(registry.counter("token_limiter_unshared_total", "Requests admitted while the shared store was lost.")),
      leased(registry.counter("token_limiter_leased_total",
                              "Requests admitted from a lease, without asking the shared store.")),
      store_refusals(registry.counter("token_limiter_refused_total", "Requests refused.", {{"reason", "store"}})),
      leases(registry.gauge("token_limiter_leases", "Leases of shared limits that are held.")),
      in_flight(registry.gauge("token_limiter_in_flight", "Requests being answered.")),
      duration(registry.histogram("token_limiter_request_duration_seconds",
                                  "From the request's head to the end of its answer.", telemetry::latency_shape())),
      registry_(registry) {
  for (std::size_t endpoint = 0; endpoint < protocol::kEndpoints; ++endpoint)
    for (std::size_t i = 0; i < kStatuses.size(); ++i)
      requests_[endpoint][i] =
          &registry.counter("token_limiter_requests_total", "Requests answered.",
                            {{"endpoint", std::string(protocol::name_of(static_cast<protocol::Endpoint>(endpoint)))},
                             {"status", std::to_string(kStatuses[i])}});
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
    refused_[kind] = &registry.counter("token_limiter_refused_total", "Requests refused.",
                                       {{"reason", std::string(quota::name_of(static_cast<quota::LimitKind>(kind)))}});
}

telemetry::Counter& Metrics::requests(protocol::Endpoint endpoint, int status) {
  auto found = std::find(kStatuses.begin(), kStatuses.end(), status);
  if (found == kStatuses.end()) found = std::find(kStatuses.begin(), kStatuses.end(), status < 500 ? 400 : 500);
  return *requests_[static_cast<std::size_t>(endpoint)][static_cast<std::size_t>(found - kStatuses.begin())];
}

std::array<std::uint64_t, Metrics::kStatuses.size()> Metrics::answered() const {
  std::array<std::uint64_t, kStatuses.size()> sums{};
  for (const auto& of_endpoint : requests_)
    for (std::size_t i = 0; i < kStatuses.size(); ++i) sums[i] += of_endpoint[i]->value();
  return sums;
}

ModelMetrics& Metrics::model(std::string_view alias) {
  const std::lock_guard lock(models_mutex_);
  for (const auto& known : models_)
    if (known->model == alias) return *known;
  return *models_.emplace_back(std::make_unique<ModelMetrics>(registry_, alias));
}

std::vector<const ModelMetrics*> Metrics::models() const {
  const std::lock_guard lock(models_mutex_);
  std::vector<const ModelMetrics*> list;
  list.reserve(models_.size());
  for (const auto& known : models_) list.push_back(known.get());
  return list;
}

}  // namespace ktl::gateway

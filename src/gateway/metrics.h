#pragma once
// The numbers of the journey. Made once in wiring; the series are looked up once per label value and kept.
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/endpoint.h"
#include "quota/limits.h"
#include "telemetry/registry.h"

namespace ktl::gateway {

// Of one model, by the name that clients use.
struct ModelMetrics {
  ModelMetrics(telemetry::Registry& registry, std::string_view alias);

  const std::string model;
  telemetry::Counter& requests;  // answered, whatever the answer was
  telemetry::Counter& prompt_tokens;
  telemetry::Counter& completion_tokens;
  telemetry::Counter& cached_tokens;
  telemetry::Counter& refused;  // after the model was known: a refusal before the body was read has none
  telemetry::Counter& engine_failures;
  // Of the prompts of answered requests; prompt_script.h.
  telemetry::Counter& hangul_characters;
  telemetry::Counter& latin_characters;
  telemetry::Counter& other_characters;
  telemetry::Counter& korean_tokens;
  telemetry::Counter& korean_syllables;
  telemetry::Counter& exact_tokens;
  telemetry::Counter& estimated_tokens;
  telemetry::Histogram& first_token;  // streams only
  telemetry::Histogram& inter_token;
};

struct Metrics {
  // Requests are answered with one of these; any other status counts as 400 or 500.
  static constexpr std::array kStatuses{200, 400, 401, 403, 404, 405, 408, 413, 415, 429, 499, 500, 502, 503, 504};

  explicit Metrics(telemetry::Registry& registry);

  telemetry::Counter& requests(protocol::Endpoint endpoint, int status);
  telemetry::Counter& refused(quota::LimitKind limit) { return *refused_[static_cast<std::size_t>(limit)]; }
  const telemetry::Counter& refused(quota::LimitKind limit) const { return *refused_[static_cast<std::size_t>(limit)]; }
  // How often each status was answered, in the order of kStatuses, over all endpoints.
  std::array<std::uint64_t, kStatuses.size()> answered() const;

  // Made when the model is first met; stable from then on. Thread-safe; not for the path of a request, which finds its
  // model's in the catalogue.
  ModelMetrics& model(std::string_view alias);
  std::vector<const ModelMetrics*> models() const;  // in the order in which they were met

  telemetry::Counter& prompt_tokens;
  telemetry::Counter& completion_tokens;
  telemetry::Counter& cached_tokens;
  telemetry::Counter& bans;
  telemetry::Counter& refused_by_ban;
  telemetry::Counter& refused_by_queue;
  telemetry::Counter& clients_left;
  telemetry::Counter& engine_failures;
  telemetry::Counter& unshared;
  telemetry::Counter& leased;
  telemetry::Counter& store_refusals;
  telemetry::Gauge& leases;
  telemetry::Gauge& in_flight;
  telemetry::Histogram& duration;

 private:
  telemetry::Registry& registry_;
  std::array<std::array<telemetry::Counter*, kStatuses.size()>, protocol::kEndpoints> requests_;
  std::array<telemetry::Counter*, quota::kLimitKinds> refused_;
  mutable std::mutex models_mutex_;
  std::vector<std::unique_ptr<ModelMetrics>> models_;  // guarded by models_mutex_; few
};

}  // namespace ktl::gateway

#include "admin/figures.h"

#include <array>
#include <utility>

namespace ktl::admin {
namespace {

using quota::LimitKind;

constexpr std::array<std::pair<std::string_view, LimitKind>, quota::kLimitKinds> kUsed{{
    {"requests_this_minute", LimitKind::rpm},
    {"requests_this_hour", LimitKind::rph},
    {"requests_today", LimitKind::rpd},
    {"tokens_this_minute", LimitKind::tpm},
    {"tokens_this_hour", LimitKind::tph},
    {"tokens_today", LimitKind::daily},
    {"in_flight", LimitKind::concurrent},
}};

std::optional<std::int64_t> if_limited(std::int64_t limit, std::int64_t value) {
  return limit == quota::kUnlimited ? std::nullopt : std::optional(value);
}

}  // namespace

void write_totals(JsonWriter& json, const ledger::Totals& totals) {
  json.field("total_requests", totals.requests)
      .field("total_tokens", totals.prompt_tokens + totals.completion_tokens)
      .field("total_prompt_tokens", totals.prompt_tokens)
      .field("total_completion_tokens", totals.completion_tokens);
}

void write_limits(JsonWriter& json, const quota::Limits& limits) {
  json.begin_object();
  for (const auto& [name, kind] : kUsed) json.field(quota::name_of(kind), if_limited(limits[kind], limits[kind]));
  json.end_object();
}

void write_figures(JsonWriter& json, gateway::Accounting& accounting, ScopeId scope) {
  const quota::Standing standing = accounting.standing(scope);
  for (const auto& [name, kind] : kUsed) json.field(name, standing[kind].used);
  write_totals(json, accounting.totals_of(scope));

  json.key("limits");
  write_limits(json, accounting.limits_of(scope));
  json.key("remaining").begin_object();
  for (const auto& [name, kind] : kUsed)
    json.field(quota::name_of(kind), if_limited(standing[kind].limit, standing[kind].remaining));
  json.end_object().key("reset_ms").begin_object();
  for (const auto& [name, kind] : kUsed) json.field(quota::name_of(kind), standing[kind].reset.count());
  json.end_object();
}

}  // namespace ktl::admin

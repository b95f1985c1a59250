#include "admin/limits_order.h"

namespace ktl::admin {
namespace {

constexpr std::string_view kNone = "unlimited";
constexpr std::int64_t kLargest = 1'000'000'000'000'000;  // so that sums of limits never overflow

}  // namespace

std::optional<std::string> read_limits(const JsonObject& order, quota::LimitChoices& limits) {
  for (const std::string_view name : order.names()) {
    const auto kind = quota::limit_kind_named(name);
    if (!kind) return std::string(name);
    const auto amount = order.integer(name);
    const std::string* word = order.text(name);
    if (order.is_null(name)) {
      limits[*kind] = std::nullopt;
    } else if (word != nullptr && *word == kNone) {
      limits[*kind] = quota::kUnlimited;
    } else if (amount && *amount >= 0 && *amount <= kLargest) {
      limits[*kind] = *amount;
    } else {
      return std::string(name);
    }
  }
  return std::nullopt;
}

void write_choices(JsonWriter& json, const quota::LimitChoices& choices) {
  json.begin_object();
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto& amount = choices.amount[i];
    if (!amount) continue;
    json.key(quota::name_of(static_cast<quota::LimitKind>(i)));
    if (*amount == quota::kUnlimited)
      json.value(kNone);
    else
      json.value(*amount);
  }
  json.end_object();
}

std::string choices_text(const quota::LimitChoices& choices) {
  JsonWriter json;
  write_choices(json, choices);
  return json.take();
}

void write_limit_sources(JsonWriter& json, const gateway::RosterLimits& limits) {
  json.key("sources").begin_object();
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<quota::LimitKind>(i);
    json.field(quota::name_of(kind), gateway::name_of(limits.source_of(kind)));
  }
  json.end_object().key("set");
  write_choices(json, limits.terms().set);
}

}  // namespace ktl::admin

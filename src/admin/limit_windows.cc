#include "admin/limit_windows.h"

namespace ktl::admin {

std::vector<LimitWindow> windows_of(const Desk& desk, const gateway::RosterLimits& scope) {
  std::optional<quota::Standing> standing;
  if (desk.accounting != nullptr) standing = desk.accounting->standing(scope.scope);
  const quota::Limits limits = scope.effective();
  std::vector<LimitWindow> windows;
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<quota::LimitKind>(i);
    windows.push_back({&scope, kind, limits[kind], standing ? std::optional((*standing)[kind]) : std::nullopt});
  }
  return windows;
}

void write_window(JsonWriter& json, const LimitWindow& window) {
  const auto& now = window.standing;
  json.field("limit", quota::name_of(window.kind));
  json.field("amount", window.limited() ? std::optional(window.amount) : std::nullopt);
  json.field("source", gateway::name_of(window.scope->source_of(window.kind)));
  json.field("used", now ? std::optional(now->used) : std::nullopt);
  json.field("remaining", now && window.limited() ? std::optional(now->remaining) : std::nullopt);
  json.field("reset_ms", now ? std::optional(now->reset.count()) : std::optional<std::int64_t>());
}

}  // namespace ktl::admin

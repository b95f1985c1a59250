#pragma once
// The windows of one scope as the admin pages tell them: how much is allowed and who says so, what is used of it now,
// and when that is free again.
#include <cstdint>
#include <optional>
#include <vector>

#include "admin/desk.h"
#include "admin/json_writer.h"
#include "gateway/roster.h"

namespace ktl::admin {

struct LimitWindow {
  const gateway::RosterLimits* scope = nullptr;
  quota::LimitKind kind = quota::LimitKind::rpm;
  std::int64_t amount = quota::kUnlimited;
  std::optional<quota::WindowStanding> standing;  // nothing: nobody counts

  bool limited() const { return amount != quota::kUnlimited; }
  std::int64_t left() const { return standing ? standing->remaining : amount; }  // where it is limited
};

// All kinds, limited or not. `scope` outlives what is returned.
std::vector<LimitWindow> windows_of(const Desk& desk, const gateway::RosterLimits& scope);

// Members of the open object: limit, amount, source, used, remaining, reset_ms. What is not limited has null for an
// amount and for what remains.
void write_window(JsonWriter& json, const LimitWindow& window);

}  // namespace ktl::admin

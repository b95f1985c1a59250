#pragma once
// A correction of a charge that has ended. The charge's own entry stays as it is; the adjustment stands beside it and
// counts where the charge counts: at its admission, for the same scopes.
//   late_settlement   the gateway that was taken for dead told the actual usage after the expiry; once for a charge,
//                     written by the store itself when such a settlement is appended
//   correction        an operator's, with a reason
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/usage.h"

namespace ktl::ledger {

enum class AdjustmentSource : std::uint8_t { late_settlement = 1, correction = 2 };

struct Adjustment {
  ChargeId charge = ChargeId::none;
  WallTime at{};     // when it was written
  TokenUsage delta;  // of either sign
  std::string reason;
};

// "late_settlement", "correction".
std::string_view name_of(AdjustmentSource source);

constexpr TokenUsage difference(const TokenUsage& actual, const TokenUsage& booked) {
  return {actual.prompt - booked.prompt, actual.completion - booked.completion, actual.cached - booked.cached,
          actual.reasoning - booked.reasoning};
}

constexpr TokenUsage total(const TokenUsage& a, const TokenUsage& b) {
  return {a.prompt + b.prompt, a.completion + b.completion, a.cached + b.cached, a.reasoning + b.reasoning};
}

// A charge never owes less than nothing, in any of its figures.
constexpr bool may_stand(const TokenUsage& usage) {
  return usage.prompt >= 0 && usage.completion >= 0 && usage.cached >= 0 && usage.reasoning >= 0;
}

}  // namespace ktl::ledger

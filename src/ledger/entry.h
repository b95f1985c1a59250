#pragma once
// What is written down about a charge, so that after any crash the books and the limits are as they were acknowledged.
//   open      written before the request is dispatched: who pays, how much is reserved
//   settle    the charge ended with what the engine really used
//   release   the work never started: nothing is owed, the request does not count
//   expire    the gateway died while the charge was open: the estimate is owed (written by recovery only)
//   adjust    a correction of an ended charge (adjustment.h): what it adds to, or takes from, what was booked
// A charge has one `open` and at most one ending; the first ending wins. A second one is ignored, but for a settlement
// that comes after an expiry: it becomes an adjustment, so that in the end the actual usage is owed.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/usage.h"

namespace ktl::ledger {

inline constexpr std::size_t kMaxScopes = 12;

enum class EntryKind : std::uint8_t { open = 1, settle = 2, release = 3, expire = 4, adjust = 5 };

// How the request ended, for people who read the ledger.
enum class Outcome : std::uint8_t { unknown = 0, ok = 1, client_left = 2, engine_failed = 3, gateway_died = 4 };

struct Entry {
  EntryKind kind = EntryKind::open;
  ChargeId charge = ChargeId::none;
  WallTime at{};                             // open: admission time; else the time of the ending
  std::uint8_t scope_count = 0;              // open only
  std::array<ScopeId, kMaxScopes> scopes{};  // open only: key, user, model, global, then groups
  std::int64_t reserved_tokens = 0;          // open only
  ChargeId lease = ChargeId::none;           // open only: what it was taken from in advance (itself: it is a lease)
  TokenUsage usage;                          // settle only (expire: prompt = reserved_tokens)
  Outcome outcome = Outcome::unknown;        // endings only
};

// The words that people read: "open", "settle", … and "ok", "client_left", …
std::string_view name_of(EntryKind kind);
std::string_view name_of(Outcome outcome);

}  // namespace ktl::ledger

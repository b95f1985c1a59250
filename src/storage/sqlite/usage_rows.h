#pragma once
// The ledger row by row, for people and their spreadsheets: every entry admitted in a span of time, with names instead
// of numbers. The rows' sums of requests and tokens are exactly what the books have for that span:
//   settle, expire   one charge, one request
//   release          one charge that owes nothing: no request, no tokens
//   adjust           a correction; no request, tokens of either sign; follows its charge
//   rollup           a day of the past of one set of owners, summed up because it is older than single charges are kept
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/usage.h"
#include "storage/sqlite/verification.h"

namespace ktl::storage {

struct UsageRowsQuery {
  WallTime from{};    // admitted at or after
  WallTime to{};      // and before; a rolled-up day is in it if the whole day is
  std::string user;   // only this user's; empty: all
  std::string model;  // only this model's; empty: all
  Millis day_offset{0};
};

// The views hold until the call they are given to returns.
struct UsageRow {
  std::string_view entry;  // settle, release, expire, adjust, rollup
  WallTime admitted{};     // rollup: when the day began
  WallTime ended{};        // adjust: when it was written; rollup: when the day ended
  std::int64_t charge = 0;
  std::string_view outcome;           // "" if there is none
  std::string_view user, key, model;  // "" if none; a key by the hex digits of its digest
  std::string_view key_label;         // the name it was given when it was made, or ""
  std::string_view groups;            // names, separated by a comma and a blank
  std::int64_t requests = 0;
  std::int64_t reserved = 0;
  TokenUsage usage;
  std::string_view reason;  // of an adjustment
};

// Rolled-up days first, then by admission. Reads one picture of the file, in constant memory; nobody waits for it, but
// SQLite's write-ahead log grows until it is done. `take` may end it by an error, which is then the result.
// Errors: not_found (no such user or model), io, unavailable.
Result<void> read_usage_rows(Database& database, const UsageRowsQuery& query,
                             const std::function<Result<void>(const UsageRow&)>& take, const Progress& progress = {});

}  // namespace ktl::storage

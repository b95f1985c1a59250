#pragma once
// The ledger row by row, for people and their spreadsheets: every entry admitted in a span of time, with names instead
// of numbers. The rows' sums of requests and tokens are exactly what the books have for that span:
//   settle, expire   one charge, one request (in Redis also an expired lease, with all the requests it was for)
//   release          one charge that owes nothing: no request, no tokens
//   adjust           a correction of its charge, of either sign
//   rollup           a day of the past of one set of owners, summed up because it is older than single charges are kept
// Implementations: storage/sqlite/usage_rows.h, storage/redis/redis_usage_rows.h.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/usage.h"

namespace ktl::ledger {

struct UsageRowsQuery {
  WallTime from{};    // admitted at or after
  WallTime to{};      // and before; a rolled-up day is in it if the whole day is
  std::string user;   // only this user's; empty: all
  std::string model;  // only this model's; empty: all
  Millis day_offset{0};
};

// The views hold until the call they are given to returns.
struct UsageRow {
  std::string_view entry;             // settle, release, expire, adjust, rollup
  WallTime admitted{};                // rollup: when the day began
  WallTime ended{};                   // adjust: when it was written; rollup: when the day ended
  std::string_view charge;            // a number, in Redis "<gateway's run>-<number>"; "" if none
  std::string_view outcome;           // "" if there is none
  std::string_view user, key, model;  // "" if none; a key by the hex digits of its digest
  std::string_view key_label;         // the name it was given when it was made, or ""
  std::string_view groups;            // names, separated by a comma and a blank
  std::int64_t requests = 0;
  std::int64_t reserved = 0;
  TokenUsage usage;
  std::string_view reason;  // of an adjustment
};

// Takes a row; may end the reading by an error, which is then its result.
using TakeUsageRow = std::function<Result<void>(const UsageRow&)>;

// Tells how far long work is, now and then: `done` of `total`, in units that only mean something together.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace ktl::ledger

#pragma once
// Do the gateway's books say what its answers said? GET /stats/{user} before and after the load: the difference of
// total_tokens must be the sum of the answers' usage. Only meaningful if nobody else uses that account meanwhile.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http_client.h"
#include "net/task.h"

namespace ktl::app::bench {

enum class LedgerVerdict : std::uint8_t {
  not_asked,  // no user was named, or the target keeps no books
  match,
  mismatch,
  unclear,  // they differ, but some answers were cut off, broken, or told no usage
};

struct LedgerCheck {
  bool available = false;
  std::int64_t booked = 0;  // tokens that the books grew by
  std::string problem;      // why they could not be read, or empty
};

// `expected`: sum of the answers' usage; `untold`: requests that may have cost tokens beyond it.
LedgerVerdict judge(const LedgerCheck& check, std::int64_t expected, std::int64_t untold);

// The top-level "total_tokens" of an answer of /stats/{user}.
std::optional<std::int64_t> read_total_tokens(std::string_view json);

// Asks for it over `pool`; `request` is the whole GET. Error: that of the connection, or unavailable with the status.
net::Task<Result<std::int64_t>> fetch_total_tokens(net::ClientPool& pool, const std::string& request, Millis timeout);

}  // namespace ktl::app::bench

#pragma once
// Calendar days in the configured zone, as the commands read and print them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ktl::app {

// Days since 1970-01-01 in the zone `offset` from UTC.
std::int64_t day_of(WallTime at, Millis offset);

// "2026-11-23".
std::string day_text(std::int64_t day);
std::string date_of(WallTime at, Millis offset);

// "2026-11-23", or "7d": the last seven days with `today`. nullopt: neither.
std::optional<std::int64_t> parse_day(std::string_view text, std::int64_t today);

}  // namespace ktl::app

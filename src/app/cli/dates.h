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

// An instant: a day ("2026-11-23", its beginning in the zone `offset` from UTC), or RFC 3339 with its own offset
// ("2026-11-23T09:30:00+09:00", "…Z", up to milliseconds). nullopt: neither.
std::optional<WallTime> parse_instant(std::string_view text, Millis offset);

// "2026-11-23T09:30:00.123+09:00": RFC 3339 in the zone `offset` from UTC.
std::string instant_text(WallTime at, Millis offset);

}  // namespace ktl::app

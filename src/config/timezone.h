#pragma once
// A time zone without summer time, as one offset from UTC: the calendar day of the daily limits is cut by it.
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace ktl::config {

// `name` is an IANA name (Asia/Seoul), UTC, or an offset (+09:00). The common East Asian names are known without a time
// zone database; others are looked up in `database`, a directory of TZif files.
// Errors: not_found (no such zone); invalid (the zone has summer time, so its days have no one length).
Result<Millis> fixed_offset_of(std::string_view name, const std::string& database = "/usr/share/zoneinfo");

// The offset that holds from now on by a TZif file (RFC 8536): its footer, a POSIX TZ string, read.
// Errors: as above.
Result<Millis> offset_in_tzif(std::string_view file);

}  // namespace ktl::config

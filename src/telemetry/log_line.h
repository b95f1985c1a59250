#pragma once
// One log line being put together, in either format. Appends to a string that the caller reuses.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/log.h"

namespace ktl::telemetry {

// Appends "2026-11-23T08:30:00.123Z". Years 0 to 9999.
void append_timestamp(std::string& out, WallTime at);

class LogLine {
 public:
  // Starts the line; `out` is cleared and must outlive this object.
  LogLine(std::string& out, LogFormat format);

  LogLine& time(std::string_view name, WallTime at);
  LogLine& text(std::string_view name, std::string_view value);
  LogLine& number(std::string_view name, std::int64_t value);
  LogLine& decimal(std::string_view name, double value);
  LogLine& milliseconds(std::string_view name, std::chrono::microseconds value);  // 12.345; not negative
  LogLine& flag(std::string_view name, bool value);

  // Ends the line with '\n' and returns all of it.
  std::string_view end();

 private:
  void begin(std::string_view name);

  std::string& out_;
  const LogFormat format_;
  bool first_ = true;
};

}  // namespace ktl::telemetry

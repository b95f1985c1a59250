#pragma once
// The program's log: one line per event, logfmt or JSON, for people and for machines.
//
//   log.info("upstream is back", {{"upstream", name}, {"down_ms", 1200}});
//   time=2026-11-23T08:30:00.123Z level=info msg="upstream is back" upstream=sglang-0 down_ms=1200
//
// Values are escaped so that no input can end a line or forge a field. Secrets are the caller's duty: pass a key's
// mask, never the key. Thread-safe; a line is put together in one buffer per thread and handed to the LineWriter.
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "telemetry/line_writer.h"

namespace ktl::telemetry {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
std::string_view name_of(LogLevel level);  // "debug", …

enum class LogFormat : std::uint8_t { logfmt, json };

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const char* text) : name(field_name), value(std::string_view(text)) {}
  LogField(std::string_view field_name, const std::string& text) : name(field_name), value(std::string_view(text)) {}
  LogField(std::string_view field_name, bool flag) : name(field_name), value(flag) {}
  LogField(std::string_view field_name, double number) : name(field_name), value(number) {}
  template <std::integral Integer>
  LogField(std::string_view field_name, Integer number) : name(field_name), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;  // [a-z0-9_]+
  Value value;            // a text is borrowed until the call returns
};

using LogFields = std::initializer_list<LogField>;

class Log {
 public:
  // `writer` and `clock` outlive the log.
  Log(LineWriter& writer, const Clock& clock, LogLevel level, LogFormat format);

  bool enabled(LogLevel level) const { return level >= level_; }
  void write(LogLevel level, std::string_view message, LogFields fields = {});  // warn and error are written at once

  void debug(std::string_view message, LogFields fields = {}) { write(LogLevel::debug, message, fields); }
  void info(std::string_view message, LogFields fields = {}) { write(LogLevel::info, message, fields); }
  void warn(std::string_view message, LogFields fields = {}) { write(LogLevel::warn, message, fields); }
  void error(std::string_view message, LogFields fields = {}) { write(LogLevel::error, message, fields); }

 private:
  LineWriter& writer_;
  const Clock& clock_;
  const LogLevel level_;
  const LogFormat format_;
};

}  // namespace ktl::telemetry

#include "telemetry/log.h"

#include "telemetry/log_line.h"

namespace ktl::telemetry {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

Log::Log(LineWriter& writer, const Clock& clock, LogLevel level, LogFormat format)
    : writer_(writer), clock_(clock), level_(level), format_(format) {}

void Log::write(LogLevel level, std::string_view message, LogFields fields) {
  if (!enabled(level)) return;
  thread_local std::string buffer;
  LogLine line(buffer, format_);
  line.time("time", clock_.wall()).text("level", name_of(level)).text("msg", message);
  for (const LogField& field : fields) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) line.text(field.name, *text);
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) line.number(field.name, *number);
    if (const auto* decimal = std::get_if<double>(&field.value)) line.decimal(field.name, *decimal);
    if (const auto* flag = std::get_if<bool>(&field.value)) line.flag(field.name, *flag);
  }
  writer_.append(line.end(), level >= LogLevel::warn);
}

}  // namespace ktl::telemetry

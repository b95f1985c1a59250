#include "telemetry/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/text.h"

namespace ktl::telemetry {
namespace {

// logfmt needs no quotes around these.
bool is_plain(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f;
  });
}

}  // namespace

void append_timestamp(std::string& out, WallTime at) {
  // All lines of one second share everything before the point.
  struct LastSecond {
    std::chrono::sys_seconds second{std::chrono::seconds(-1)};
    std::string text;
  };
  thread_local LastSecond last;
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  if (second != last.second) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(second - day);
    last.text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                            time.hours().count(), time.minutes().count(), time.seconds().count());
    last.second = second;
  }
  const auto milliseconds = static_cast<int>((at - second).count());
  out += last.text;
  for (const int unit : {100, 10, 1}) out.push_back(static_cast<char>('0' + milliseconds / unit % 10));
  out.push_back('Z');
}

LogLine::LogLine(std::string& out, LogFormat format) : out_(out), format_(format) {
  out_.clear();
  if (format_ == LogFormat::json) out_.push_back('{');
}

void LogLine::begin(std::string_view name) {
  if (format_ == LogFormat::json) {
    if (!first_) out_.push_back(',');
    out_.push_back('"');
    out_ += name;
    out_ += "\":";
  } else {
    if (!first_) out_.push_back(' ');
    out_ += name;
    out_.push_back('=');
  }
  first_ = false;
}

LogLine& LogLine::time(std::string_view name, WallTime at) {
  begin(name);
  if (format_ == LogFormat::json) out_.push_back('"');
  append_timestamp(out_, at);
  if (format_ == LogFormat::json) out_.push_back('"');
  return *this;
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
  begin(name);
  if (format_ == LogFormat::logfmt && is_plain(value) && is_utf8(value)) {
    out_ += value;
    return *this;
  }
  out_.push_back('"');
  append_json_escaped(out_, value);
  out_.push_back('"');
  return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
  begin(name);
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return *this;
}

LogLine& LogLine::decimal(std::string_view name, double value) {
  begin(name);
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out_), "{:.6g}", value);
  } else {
    out_ += "null";  // JSON has no NaN
  }
  return *this;
}

LogLine& LogLine::milliseconds(std::string_view name, std::chrono::microseconds value) {
  number(name, value.count() / 1000);
  auto fraction = static_cast<int>(value.count() % 1000);
  if (fraction > 0) out_.push_back('.');
  for (int unit = 100; fraction > 0; fraction %= unit, unit /= 10)
    out_.push_back(static_cast<char>('0' + fraction / unit));
  return *this;
}

LogLine& LogLine::flag(std::string_view name, bool value) {
  begin(name);
  out_ += value ? "true" : "false";
  return *this;
}

std::string_view LogLine::end() {
  if (format_ == LogFormat::json) out_.push_back('}');
  out_.push_back('\n');
  return out_;
}

}  // namespace ktl::telemetry

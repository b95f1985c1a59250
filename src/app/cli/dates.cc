#include "app/cli/dates.h"

#include <fmt/format.h>

#include <charconv>

namespace ktl::app {
namespace {

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::int64_t day_of(WallTime at, Millis offset) {
  return std::chrono::floor<std::chrono::days>(at + offset).time_since_epoch().count();
}

std::string day_text(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string date_of(WallTime at, Millis offset) {
  return day_text(day_of(at, offset));
}

std::optional<std::int64_t> parse_day(std::string_view text, std::int64_t today) {
  if (text.ends_with('d')) {
    const auto days = number(text.substr(0, text.size() - 1));
    if (!days || *days < 1 || *days > 100'000) return std::nullopt;
    return today - *days + 1;
  }
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)), day = number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace ktl::app

#include "app/cli/dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace ktl::app {
namespace {

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

// "Z", "+09:00" or "-03:30".
std::optional<Millis> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return Millis(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = number(text.substr(1, 2)), minutes = number(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Millis offset = std::chrono::minutes(*hours * 60 + *minutes);
  return text[0] == '-' ? -offset : offset;
}

// The digits of ".5", ".123": to whole milliseconds, what is beyond is cut off.
std::optional<Millis> parse_fraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 9 || !number(digits)) return std::nullopt;
  std::string whole(digits.substr(0, 3));
  whole.resize(3, '0');
  return Millis(*number(whole));
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

std::optional<WallTime> parse_instant(std::string_view text, Millis offset) {
  const auto day =
      text.size() >= 10 && !text.substr(0, 10).ends_with('d') ? parse_day(text.substr(0, 10), 0) : std::nullopt;
  if (!day) return std::nullopt;
  const WallTime begin{std::chrono::days(*day)};
  if (text.size() == 10) return begin - offset;
  // T09:30:00[.123](Z|+09:00)
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)),
             second = number(text.substr(17, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::string_view rest = text.substr(19);
  Millis fraction{0};
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    const auto parsed = parse_fraction(rest.substr(1, end - 1));
    if (!parsed) return std::nullopt;
    fraction = *parsed;
    rest.remove_prefix(end);
  }
  const auto zone = parse_offset(rest);
  if (!zone) return std::nullopt;
  return begin + std::chrono::seconds((*hour * 60 + *minute) * 60 + *second) + fraction - *zone;
}

std::string instant_text(WallTime at, Millis offset) {
  const WallTime local = at + offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto rest = (local - day).count();
  const auto minutes = std::abs(offset.count()) / 60'000;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}{}{:02}:{:02}", day_text(day.time_since_epoch().count()),
                     rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000,
                     offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace ktl::app

#include "config/timezone.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

namespace ktl::config {
namespace {

constexpr std::int64_t kHour = 3'600;

struct KnownZone {
  std::string_view name;
  std::int64_t hours;
};
constexpr std::array<KnownZone, 10> kKnownZones = {{{"Asia/Seoul", 9},
                                                    {"Asia/Pyongyang", 9},
                                                    {"Asia/Tokyo", 9},
                                                    {"Asia/Shanghai", 8},
                                                    {"Asia/Taipei", 8},
                                                    {"Asia/Hong_Kong", 8},
                                                    {"Asia/Singapore", 8},
                                                    {"UTC", 0},
                                                    {"Etc/UTC", 0},
                                                    {"GMT", 0}}};

tl::unexpected<Error> no_such_zone() {
  return fail(ErrorCode::not_found, ErrorSource::client, "no such time zone");
}

// [hh[:mm[:ss]]] after an optional sign; moves `text` behind it. Seconds.
std::optional<std::int64_t> read_offset(std::string_view& text) {
  std::int64_t sign = 1;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  std::int64_t seconds = 0;
  std::int64_t unit = kHour;
  for (int part = 0; part < 3; ++part, unit /= 60) {
    std::size_t digits = 0;
    std::int64_t value = 0;
    while (digits < text.size() && digits < 2 && text[digits] >= '0' && text[digits] <= '9')
      value = value * 10 + (text[digits++] - '0');
    if (digits == 0 || (part > 0 && value > 59)) return std::nullopt;
    seconds += value * unit;
    text.remove_prefix(digits);
    if (text.empty() || text[0] != ':' || part == 2) break;
    text.remove_prefix(1);
  }
  if (seconds > 24 * kHour) return std::nullopt;
  return sign * seconds;
}

bool is_zone_name(std::string_view name) {
  return !name.empty() && name.size() < 64 && name.front() != '/' && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
                  c == '-' || c == '+';
         });
}

}  // namespace

Result<Millis> offset_in_tzif(std::string_view file) {
  if (!file.starts_with("TZif") || file.size() < 6 || file.back() != '\n') return no_such_zone();
  const std::size_t begin = file.rfind('\n', file.size() - 2);
  if (begin == std::string_view::npos) return no_such_zone();
  std::string_view rule = file.substr(begin + 1, file.size() - begin - 2);  // e.g. KST-9, <+07>-7, CET-1CEST,M3.5.0,…
  if (rule.starts_with('<')) {
    rule.remove_prefix(
        std::min(rule.size(), rule.find('>') == std::string_view::npos ? rule.size() : rule.find('>') + 1));
  } else {
    while (!rule.empty() && ((rule[0] >= 'A' && rule[0] <= 'Z') || (rule[0] >= 'a' && rule[0] <= 'z')))
      rule.remove_prefix(1);
  }
  const auto west = read_offset(rule);  // POSIX counts westwards
  if (!west) return no_such_zone();
  if (!rule.empty())
    return fail(ErrorCode::invalid, ErrorSource::client,
                "this time zone has summer time; choose one without, or an offset such as +09:00");
  return Millis(std::chrono::seconds(-*west));
}

Result<Millis> fixed_offset_of(std::string_view name, const std::string& database) {
  for (const KnownZone& zone : kKnownZones)
    if (zone.name == name) return Millis(std::chrono::hours(zone.hours));
  if (name.starts_with('+') || name.starts_with('-')) {
    const auto east = read_offset(name);
    if (!east || !name.empty() || *east > 14 * kHour || *east < -12 * kHour) return no_such_zone();
    return Millis(std::chrono::seconds(*east));
  }
  if (!is_zone_name(name)) return no_such_zone();
  std::ifstream file(database + "/" + std::string(name), std::ios::binary);
  if (!file) return no_such_zone();
  std::ostringstream content;
  content << file.rdbuf();
  return offset_in_tzif(content.str());
}

}  // namespace ktl::config

#include "admin/order.h"

#include <algorithm>
#include <charconv>

#include "admin/limits_order.h"
#include "admin/messages.h"
#include "identity/names.h"

namespace ktl::admin {
namespace {

// The next `digits` digits, and then `after` (0: nothing).
std::optional<int> take(std::string_view& text, std::size_t digits, char after) {
  if (text.size() < digits + (after == 0 ? 0 : 1)) return std::nullopt;
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + digits, value);
  if (problem != std::errc() || end != text.data() + digits || text.front() == '-') return std::nullopt;
  if (after != 0 && text[digits] != after) return std::nullopt;
  text.remove_prefix(digits + (after == 0 ? 0 : 1));
  return value;
}

// Thousandths of a second of ".5Z", ".123456Z", "Z".
std::optional<int> take_fraction(std::string_view text) {
  constexpr std::size_t kMostDigits = 9;
  if (text == "Z") return 0;
  if (text.size() < 3 || text.size() > kMostDigits + 2 || text.front() != '.' || text.back() != 'Z')
    return std::nullopt;
  text = text.substr(1, text.size() - 2);
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int millis = 0;
  for (std::size_t i = 0; i < 3; ++i) millis = millis * 10 + (i < text.size() ? text[i] - '0' : 0);
  return millis;
}

}  // namespace

std::optional<WallTime> parse_timestamp(std::string_view text) {
  const auto year = take(text, 4, '-');
  const auto month = year ? take(text, 2, '-') : std::nullopt;
  const auto day = month ? take(text, 2, 'T') : std::nullopt;
  const auto hour = day ? take(text, 2, ':') : std::nullopt;
  const auto minute = hour ? take(text, 2, ':') : std::nullopt;
  const auto second = minute ? take(text, 2, 0) : std::nullopt;
  const auto millis = second ? take_fraction(text) : std::nullopt;
  if (!millis || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::time_point_cast<Millis>(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + Millis(*millis);
}

Order::Order(const Desk& desk, std::initializer_list<std::string_view> known) : language_(desk.language) {
  auto object = JsonObject::parse(desk.body.empty() ? "{}" : desk.body);
  if (!object) {
    refusal_ = answer_of(invalid_body(language_));
    return;
  }
  object_ = std::move(*object);
  for (const std::string_view name : object_.names())
    if (std::find(known.begin(), known.end(), name) == known.end()) refuse(name);
}

void Order::refuse(std::string_view name) {
  if (!refusal_) refusal_ = answer_of(invalid_value(language_, name));
}

std::optional<std::string> Order::text(std::string_view name, std::size_t most) {
  if (!has(name)) return std::nullopt;
  const std::string* text = object_.text(name);
  if (text != nullptr && identity::is_plain_text(*text, most)) return *text;
  refuse(name);
  return std::nullopt;
}

std::optional<std::string> Order::required_text(std::string_view name, std::size_t most) {
  if (!has(name) && !refusal_) refusal_ = answer_of(missing_value(language_, name));
  return text(name, most);
}

std::optional<std::int64_t> Order::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  if (!has(name)) return std::nullopt;
  const auto number = object_.integer(name);
  if (number && *number >= least && *number <= most) return number;
  refuse(name);
  return std::nullopt;
}

std::optional<bool> Order::flag(std::string_view name) {
  if (!has(name)) return std::nullopt;
  const auto flag = object_.flag(name);
  if (!flag) refuse(name);
  return flag;
}

std::optional<std::vector<std::string>> Order::texts(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  if (!has(name)) return std::nullopt;
  const auto* texts = object_.texts(name);
  const auto sound = [](const std::string& text) { return !text.empty() && identity::is_plain_text(text, kLongest); };
  if (texts == nullptr || !std::all_of(texts->begin(), texts->end(), sound)) {
    refuse(name);
    return std::nullopt;
  }
  std::vector<std::string> once;
  for (const std::string& text : *texts)
    if (std::find(once.begin(), once.end(), text) == once.end()) once.push_back(text);
  return once;
}

std::optional<WallTime> Order::instant(std::string_view name) {
  if (!has(name)) return std::nullopt;
  const std::string* text = object_.text(name);
  const auto at = text == nullptr ? std::nullopt : parse_timestamp(*text);
  if (!at) refuse(name);
  return at;
}

quota::LimitChoices Order::limits(std::string_view name) {
  quota::LimitChoices limits;
  if (!has(name)) return limits;
  const auto object = object_.object(name);
  if (!object) {
    refuse(name);
  } else if (const auto wrong = read_limits(*object, limits)) {
    refuse(*wrong);
  }
  return limits;
}

}  // namespace ktl::admin

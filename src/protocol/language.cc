#include "protocol/language.h"

#include <algorithm>

#include "base/text.h"

namespace ktl::protocol {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes the piece before the first `separator` off `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(piece);
}

// "0.85" -> 850; -1 if it is no qvalue.
int thousandths(std::string_view q) {
  if (q.empty() || (q[0] != '0' && q[0] != '1') || q.size() > 5) return -1;
  int value = (q[0] - '0') * 1000;
  if (q.size() == 1) return value;
  if (q[1] != '.') return -1;
  int unit = 100;
  for (const char c : q.substr(2)) {
    if (c < '0' || c > '9') return -1;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value > 1000 ? -1 : value;
}

// Weight of one range, in thousandths; -1 if broken.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take(parameters, ';');
    if (parameter.size() >= 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=') {
      return thousandths(parameter.substr(2));
    }
  }
  return 1000;
}

bool is_language(std::string_view tag, std::string_view primary) {
  return equals_ignoring_case(tag.substr(0, tag.find('-')), primary);
}

}  // namespace

Language language_of(std::string_view accept_language) {
  int korean = -1;
  int english = -1;
  int any = -1;
  while (!accept_language.empty()) {
    std::string_view range = take(accept_language, ',');
    const std::string_view tag = take(range, ';');
    const int weight = weight_of(range);
    if (is_language(tag, "ko")) korean = std::max(korean, weight);
    if (is_language(tag, "en")) english = std::max(english, weight);
    if (tag == "*") any = std::max(any, weight);
  }
  if (korean < 0) korean = any;
  return english > 0 && english > korean ? Language::english : Language::korean;
}

}  // namespace ktl::protocol

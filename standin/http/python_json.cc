#include "standin/http/python_json.h"

#include <charconv>
#include <unordered_map>
#include <vector>

namespace ktl::standin {
namespace {

using Element = simdjson::dom::element;

std::string object_json(simdjson::dom::object object) {
  std::vector<std::pair<std::string_view, Element>> members;
  std::unordered_map<std::string_view, std::size_t> place_of;
  for (const auto& [key, value] : object) {
    const auto [place, fresh] = place_of.try_emplace(key, members.size());
    if (fresh) {
      members.emplace_back(key, value);
    } else {
      members[place->second].second = value;
    }
  }
  std::string out = "{";
  for (const auto& [key, value] : members) {
    if (out.size() > 1) out += ", ";
    out.append(python_json_string(key)).append(": ").append(python_json(value));
  }
  return out + "}";
}

}  // namespace

std::string python_json_string(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kEscaped = "\"\\\n\r\t\f\b";
  constexpr std::string_view kEscapes = "\"\\nrtfb";
  std::string out = "\"";
  for (const char c : text) {
    const std::size_t place = kEscaped.find(c);
    if (place != std::string_view::npos) {
      out.append({'\\', kEscapes[place]});
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append("\\u00").append(
          {kDigits[static_cast<std::size_t>(c >> 4)], kDigits[static_cast<std::size_t>(c & 15)]});
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string python_float(double value) {
  char buffer[64];
  const char* const end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view shortest(buffer, static_cast<std::size_t>(end - buffer));  // -d.ddde±xx
  std::string out;
  if (shortest.starts_with('-')) {
    out = "-";
    shortest.remove_prefix(1);
  }
  const std::size_t e = shortest.find('e');
  int exponent = 0;
  std::from_chars(shortest.data() + e + (shortest[e + 1] == '+' ? 2 : 1), end, exponent);
  std::string digits(1, shortest[0]);
  if (e > 2) digits.append(shortest.substr(2, e - 2));
  constexpr int kLowest = -4, kHighest = 16;  // outside of these repr() changes to an exponent
  if (exponent < kLowest || exponent >= kHighest) {
    out.append(digits, 0, 1);
    if (digits.size() > 1) out.append(".").append(digits, 1);
    const std::string power = std::to_string(exponent < 0 ? -exponent : exponent);
    return out.append(exponent < 0 ? "e-" : "e+").append(power.size() < 2 ? "0" : "").append(power);
  }
  if (exponent < 0) return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out.append(digits).append(whole - digits.size(), '0').append(".0");
  return out.append(digits, 0, whole).append(".").append(digits, whole);
}

std::string python_json(Element value) {
  simdjson::dom::array list;
  simdjson::dom::object object;
  std::string_view text;
  if (value.get(object) == simdjson::SUCCESS) return object_json(object);
  if (value.get(text) == simdjson::SUCCESS) return python_json_string(text);
  if (value.get(list) == simdjson::SUCCESS) {
    std::string out = "[";
    for (const Element item : list) out.append(out.size() > 1 ? ", " : "").append(python_json(item));
    return out + "]";
  }
  if (value.type() == simdjson::dom::element_type::DOUBLE) return python_float(value.get_double().value_unsafe());
  return simdjson::minify(value);  // whole numbers, true, false, null
}

}  // namespace ktl::standin

// How Python reads a JSON number and writes it again: integers keep their digits, all others go through a double and
// repr(), which is the shortest text that reads back the same, in fixed notation for 1e-4 <= |x| < 1e16.
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

#include "prompt/python_json.h"

namespace ktl::prompt {
namespace {

double value_of(std::string_view number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  // Out of range says nothing about which side: too large is infinite, too small is zero.
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(number).c_str(), nullptr);
  return value;
}

void append_repr(double value, std::string& out) {
  std::array<char, 40> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) {  // "inf" or "-inf": a number is never NaN
    out += text.front() == '-' ? "-Infinity" : "Infinity";
    return;
  }
  std::string_view mantissa = text.substr(0, e);
  if (mantissa.front() == '-') {
    out += '-';
    mantissa.remove_prefix(1);
  }
  int exponent = 0;
  const char* digits_of_exponent = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits_of_exponent, text.data() + text.size(), exponent);
  std::string digits(1, mantissa.front());
  if (mantissa.size() > 2) digits += mantissa.substr(2);

  if (exponent < -4 || exponent >= 16) {
    out += digits.front();
    if (digits.size() > 1) out.append(1, '.').append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    const int size = exponent < 0 ? -exponent : exponent;
    if (size < 10) out += '0';
    out += std::to_string(size);
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) {
      out.append(digits).append(whole - digits.size(), '0').append(".0");
    } else {
      out.append(digits, 0, whole).append(1, '.').append(digits, whole);
    }
  }
}

}  // namespace

void append_python_number(std::string_view number, std::string& out) {
  if (number.find_first_of(".eE") != std::string_view::npos) return append_repr(value_of(number), out);
  out += number == "-0" ? std::string_view("0") : number;
}

}  // namespace ktl::prompt

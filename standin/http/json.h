#pragma once
// JSON in the server's own spelling: keys in its order, compact separators. Writing is plain appending; reading is a
// few lenient getters over a simdjson element.
#include <simdjson.h>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "standin/engine/engine.h"

namespace ktl::standin {

using Json = simdjson::dom::element;

// ---- writing

struct Quoted {
  std::string_view text;
};

inline void add_one(std::string& out, std::string_view text) {
  out.append(text);
}
inline void add_one(std::string& out, Quoted q) {
  out.push_back('"');
  append_json_escaped(out, q.text);
  out.push_back('"');
}
template <std::same_as<bool> T>
void add_one(std::string& out, T value) {
  out.append(value ? "true" : "false");
}
template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, char>) void add_one(std::string& out, T value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}
// A double as Python prints it: always with a point.
inline void add_one(std::string& out, double value) {
  char digits[40];
  const std::size_t before = out.size();
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  if (out.find_first_of(".e", before) == std::string::npos) out.append(".0");
}

// Appends the parts one after the other.
template <class... Parts>
void add(std::string& out, const Parts&... parts) {
  (add_one(out, parts), ...);
}

double rounded(double value, int digits);

// {"prompt_tokens":30,"total_tokens":40,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":29},"reasoning_tokens":0}
std::string usage_json(const Progress& usage, bool cache_report, bool drop_nulls = false);

// ---- reading

std::optional<Json> member(Json object, std::string_view key);  // present and not null
std::string text_or(Json object, std::string_view key, std::string_view fallback);
bool flag_or(Json object, std::string_view key, bool fallback);
std::optional<std::int64_t> integer(Json object, std::string_view key);
std::optional<double> number(Json object, std::string_view key);
// "a" or ["a","b"]; everything else is an empty list.
std::vector<std::string> texts(Json object, std::string_view key);

}  // namespace ktl::standin

#include "standin/http/json.h"

namespace ktl::standin {

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

std::string usage_json(const Progress& usage, bool cache_report, bool drop_nulls) {
  std::string out;
  add(out, R"({"prompt_tokens":)", usage.prompt_tokens, R"(,"total_tokens":)",
      usage.prompt_tokens + usage.generated_tokens, R"(,"completion_tokens":)", usage.generated_tokens);
  if (cache_report && usage.cached_tokens > 0) {
    add(out, R"(,"prompt_tokens_details":{"cached_tokens":)", usage.cached_tokens, "}");
  } else if (!drop_nulls) {
    add(out, R"(,"prompt_tokens_details":null)");
  }
  add(out, R"(,"reasoning_tokens":0})");
  return out;
}

std::optional<Json> member(Json object, std::string_view key) {
  Json found;
  if (object[key].get(found) != simdjson::SUCCESS || found.is_null()) return std::nullopt;
  return found;
}

std::string text_or(Json object, std::string_view key, std::string_view fallback) {
  const auto found = member(object, key);
  std::string_view text;
  return std::string(found && found->get(text) == simdjson::SUCCESS ? text : fallback);
}

bool flag_or(Json object, std::string_view key, bool fallback) {
  const auto found = member(object, key);
  bool value = fallback;
  return found && found->get(value) == simdjson::SUCCESS ? value : fallback;
}

std::optional<std::int64_t> integer(Json object, std::string_view key) {
  const auto found = member(object, key);
  std::int64_t value = 0;
  if (!found || found->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<double> number(Json object, std::string_view key) {
  const auto found = member(object, key);
  double value = 0;
  if (!found || found->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::vector<std::string> texts(Json object, std::string_view key) {
  std::vector<std::string> out;
  const auto found = member(object, key);
  if (!found) return out;
  std::string_view text;
  simdjson::dom::array list;
  if (found->get(text) == simdjson::SUCCESS) {
    out.emplace_back(text);
  } else if (found->get(list) == simdjson::SUCCESS) {
    for (const Json item : list) {
      if (item.get(text) == simdjson::SUCCESS) out.emplace_back(text);
    }
  }
  return out;
}

}  // namespace ktl::standin

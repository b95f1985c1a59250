#include "admin/query.h"

#include "base/text.h"

namespace ktl::admin {

std::optional<Query> Query::parse(std::string_view query) {
  Query result;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) return std::nullopt;
    result.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return result;
}

std::optional<std::string> Query::get(std::string_view name) const {
  for (const auto& [known, value] : pairs_)
    if (known == name) return value;
  return std::nullopt;
}

}  // namespace ktl::admin

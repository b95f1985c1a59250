#pragma once
// What a URL's query says: name=value pairs, percent-decoded, '+' being a blank.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktl::admin {

class Query {
 public:
  // nullopt: a broken escape, or bytes that are not UTF-8.
  static std::optional<Query> parse(std::string_view query);

  // The first value of that name; nullopt if the query does not have it.
  std::optional<std::string> get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace ktl::admin

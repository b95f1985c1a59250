#pragma once
// A small JSON object that a client sent to an admin page: members are texts, integers, flags, lists of texts, objects,
// or something the page has no use for. Bounded by the page's own body limit.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/json_cursor.h"

namespace ktl::admin {

class JsonObject {
 public:
  // nullopt: not UTF-8, not JSON, not an object, or something after it.
  static std::optional<JsonObject> parse(std::string_view text);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // nullptr / nullopt: absent, or of another kind.
  const std::string* text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  bool is_null(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
  const std::vector<std::string>* texts(std::string_view name) const;  // an array of nothing but texts
  std::optional<JsonObject> object(std::string_view name) const;

  std::vector<std::string_view> names() const;  // of all members

 private:
  struct Other {};
  struct Null {};
  struct Object {
    std::string json;
  };
  using Value = std::variant<Other, Null, std::int64_t, bool, std::string, std::vector<std::string>, Object>;
  static Value read_value(protocol::JsonCursor& in);
  const Value* find(std::string_view name) const;

  std::vector<std::pair<std::string, Value>> members_;  // the first of a name counts
};

}  // namespace ktl::admin

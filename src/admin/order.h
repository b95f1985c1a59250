#pragma once
// What a request at the desk orders in its body, read member by member, with the first thing that is wrong with it: no
// JSON object, a member of another kind or out of bounds, a member that nobody knows.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/desk.h"
#include "admin/json_object.h"
#include "quota/limits.h"

namespace ktl::admin {

class Order {
 public:
  Order(const Desk& desk, std::initializer_list<std::string_view> known);

  bool has(std::string_view name) const { return object_.has(name) && !object_.is_null(name); }
  bool says_null(std::string_view name) const { return object_.is_null(name); }
  // nothing: not said (or null). Plain text (identity/names.h) of at most `most` bytes.
  std::optional<std::string> text(std::string_view name, std::size_t most);
  std::optional<std::string> required_text(std::string_view name, std::size_t most);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> flag(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  std::optional<WallTime> instant(std::string_view name);
  quota::LimitChoices limits(std::string_view name);

  std::optional<Answer>& refusal() { return refusal_; }
  void refuse(std::string_view name);

 private:
  protocol::Language language_;
  JsonObject object_;
  std::optional<Answer> refusal_;
};

// "2026-11-23T08:30:00Z", with or without a fraction of up to nine digits; UTC only. nullopt: something else, or no
// such day.
std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace ktl::admin

#include "admin/json_object.h"

#include "base/text.h"
#include "protocol/json_cursor.h"

namespace ktl::admin {
namespace {

using protocol::JsonCursor;
using protocol::JsonKind;
using protocol::JsonString;

constexpr int kMaxDepth = 16;

std::string meaning_of(const JsonString& string) {
  std::string text(string.raw.size(), '\0');
  text.resize(protocol::unescape(string, text.data()));
  return text;
}

}  // namespace

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  JsonObject object;
  JsonCursor in(text, kMaxDepth);
  if (!in.enter_object()) return std::nullopt;
  for (JsonString name; in.next_member(name);) {
    Value value = Other{};
    const JsonKind kind = in.peek();
    if (JsonString string; kind == JsonKind::string && in.read_string(string)) {
      value = meaning_of(string);
    } else if (std::string_view digits; kind == JsonKind::number && in.read_number(digits)) {
      if (const auto number = protocol::to_integer(digits)) value = *number;
    } else if (kind == JsonKind::null && in.read_null()) {
      value = Null{};
    } else if (kind != JsonKind::string && kind != JsonKind::number && kind != JsonKind::null) {
      in.skip();
    }
    object.members_.emplace_back(meaning_of(name), std::move(value));
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return object;
}

const JsonObject::Value* JsonObject::find(std::string_view name) const {
  for (const auto& [known, value] : members_)
    if (known == name) return &value;
  return nullptr;
}

const std::string* JsonObject::text(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? nullptr : std::get_if<std::string>(value);
}

std::optional<std::int64_t> JsonObject::integer(std::string_view name) const {
  const Value* value = find(name);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

bool JsonObject::is_null(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && std::holds_alternative<Null>(*value);
}

}  // namespace ktl::admin

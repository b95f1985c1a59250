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

JsonObject::Value JsonObject::read_value(JsonCursor& in) {
  JsonString string;
  std::string_view raw;
  bool flag = false;
  switch (in.peek()) {
    case JsonKind::string:
      return in.read_string(string) ? Value(meaning_of(string)) : Value(Other{});
    case JsonKind::number:
      if (const auto number = in.read_number(raw) ? protocol::to_integer(raw) : std::nullopt) return *number;
      return Other{};
    case JsonKind::boolean:
      return in.read_bool(flag) ? Value(flag) : Value(Other{});
    case JsonKind::null:
      in.read_null();
      return Null{};
    case JsonKind::object:
      return in.skip(raw) ? Value(Object{std::string(raw)}) : Value(Other{});
    case JsonKind::array:
      break;
    default:
      in.skip();
      return Other{};
  }
  std::vector<std::string> texts;
  bool only_texts = true;
  in.enter_array();
  while (in.next_element()) {
    only_texts = only_texts && in.peek() == JsonKind::string;
    if (only_texts && in.read_string(string)) {
      texts.push_back(meaning_of(string));
    } else {
      in.skip();
    }
  }
  return only_texts ? Value(std::move(texts)) : Value(Other{});
}

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  JsonObject object;
  JsonCursor in(text, kMaxDepth);
  if (!in.enter_object()) return std::nullopt;
  for (JsonString name; in.next_member(name);) {
    std::string meant = meaning_of(name);
    object.members_.emplace_back(std::move(meant), read_value(in));
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

std::optional<bool> JsonObject::flag(std::string_view name) const {
  const Value* value = find(name);
  const auto* flag = value == nullptr ? nullptr : std::get_if<bool>(value);
  return flag == nullptr ? std::nullopt : std::optional(*flag);
}

const std::vector<std::string>* JsonObject::texts(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? nullptr : std::get_if<std::vector<std::string>>(value);
}

std::optional<JsonObject> JsonObject::object(std::string_view name) const {
  const Value* value = find(name);
  const auto* object = value == nullptr ? nullptr : std::get_if<Object>(value);
  return object == nullptr ? std::nullopt : parse(object->json);
}

std::vector<std::string_view> JsonObject::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : members_) names.push_back(name);
  return names;
}

}  // namespace ktl::admin

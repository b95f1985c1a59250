#pragma once
// Puts a JSON text together, front to back; commas and escapes are its business. Keys and texts may be any bytes: what
// is not UTF-8 becomes U+FFFD. Numbers that JSON cannot say (NaN, infinity) become null.
//
//   JsonWriter json;
//   json.begin_object().field("name", name).key("list").begin_array().value(1).end_array().end_object();
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktl::admin {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(double number);
  template <std::integral Integer>
  JsonWriter& value(Integer number) {
    return raw(std::to_string(number));
  }
  template <class T>
  JsonWriter& value(const std::optional<T>& known) {
    return known ? value(*known) : null();
  }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json);  // one whole JSON value

  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool comma_ = false;  // what comes next is not the first of its object or array
};

}  // namespace ktl::admin

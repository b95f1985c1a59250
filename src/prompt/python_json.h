#pragma once
// JSON as Python's json module would read it and write it again: json.dumps(json.loads(text), ensure_ascii=False).
// That is how engines put tools and tool calls into a prompt, so every byte of it is paid for.
//   ", " and ": " between things; keys in their order, a repeated key keeps its first place and its last value;
//   1.0 stays 1.0, 1e3 becomes 1000.0, 1E400 becomes Infinity, integers keep all their digits, -0 becomes 0;
//   escapes are decoded and only what must be escaped is escaped again, controls as \u001f.
//
// Input is hostile. All functions are pure and total; false means that the text is not one JSON value (RFC 8259) of at
// most kMaxJsonDepth levels, or that it holds a lone surrogate, which no engine can tokenize. Time is linear in the
// text times the depth of objects with repeated keys.
#include <string>
#include <string_view>
#include <vector>

namespace ktl::prompt {

inline constexpr int kMaxJsonDepth = 128;

// Appends the value as Python would write it. On false, `out` is as it was.
bool append_redumped(std::string_view json, std::string& out);

// A member of an object: its key unescaped, its value as it stands in the text. Views live as long as the text.
struct JsonMember {
  std::string key;
  std::string_view value;
};

// The members in a Python dict's order: a repeated key is listed once, at its first place with its last value.
bool members_of(std::string_view json, std::vector<JsonMember>& out);

// The elements of an array, each as it stands in the text.
bool elements_of(std::string_view json, std::vector<std::string_view>& out);

// Appends the text that a JSON string stands for.
bool append_string_value(std::string_view json, std::string& out);

// Appends `text` as Python writes a string, with quotes.
void append_python_string(std::string_view text, std::string& out);

// Appends a JSON number as Python writes it after reading it: int as digits, float by repr().
void append_python_number(std::string_view number, std::string& out);

}  // namespace ktl::prompt

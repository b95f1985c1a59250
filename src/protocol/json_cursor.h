#pragma once
// A strict forward reader of JSON text (RFC 8259) that knows at each moment where in the text it stands, so that edits
// can be spliced in. It copies nothing, and it checks the syntax of everything it passes, also of what it skips.
//
//   JsonCursor in(text, 64);
//   if (in.enter_object()) {
//     for (JsonString key; in.next_member(key);) { read one value, or in.skip(); }
//   }
//   if (!in.ok()) …
//
// Every read returns false and leaves the cursor faulty if the value is of another kind or malformed; peek() first.
// Lone surrogate escapes are malformed. UTF-8 is not checked here.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace ktl::protocol {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null, none };

struct JsonString {
  std::string_view raw;  // between the quotes
  bool escaped = false;  // holds backslashes: see unescape()

  // False for any escaped string; compare those after unescape().
  bool is(std::string_view text) const {
    return raw.size() == text.size() && std::memcmp(raw.data(), text.data(), text.size()) == 0 && !escaped;
  }
};

class JsonCursor {
 public:
  enum class Fault : std::uint8_t { none, syntax, depth };

  JsonCursor(std::string_view text, int max_depth)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), depth_left_(max_depth) {}

  bool ok() const { return fault_ == Fault::none; }
  Fault fault() const { return fault_; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }  // of the next unread byte
  std::size_t offset_of(std::string_view part) const { return static_cast<std::size_t>(part.data() - begin_); }

  // The kind of the next value, after blanks; none: there is no value.
  JsonKind peek() {
    skip_blanks();
    return at_ == end_ ? JsonKind::none : kKindByFirst[static_cast<unsigned char>(*at_)];
  }

  bool enter_object() { return peek() == JsonKind::object ? enter() : fail(); }
  bool next_member(
      JsonString& key);  // false at the end of the object, or on a fault; then offset() is the value's begin
  bool enter_array() { return peek() == JsonKind::array ? enter() : fail(); }
  bool next_element();  // false at the end of the array, or on a fault; then offset() is the element's begin

  bool read_string(JsonString& out);
  bool read_number(std::string_view& out);
  bool read_bool(bool& out);
  bool read_null();
  bool skip();                       // any one value
  bool skip(std::string_view& raw);  // … and its text
  bool at_end();                     // nothing but blanks is left

 private:
  static constexpr auto kKindByFirst = [] {
    std::array<JsonKind, 256> kinds{};
    kinds.fill(JsonKind::none);
    kinds['{'] = JsonKind::object;
    kinds['['] = JsonKind::array;
    kinds['"'] = JsonKind::string;
    kinds['t'] = kinds['f'] = JsonKind::boolean;
    kinds['n'] = JsonKind::null;
    kinds['-'] = JsonKind::number;
    for (unsigned char digit = '0'; digit <= '9'; ++digit) kinds[digit] = JsonKind::number;
    return kinds;
  }();

  // A fault makes the text end here, so that all later reads find nothing and need not ask for it. Always false.
  bool fail(Fault fault = Fault::syntax) {
    if (fault_ == Fault::none) fault_ = fault;
    end_ = at_;
    return false;
  }
  bool enter() {  // at the bracket or brace
    if (depth_left_-- == 0) return fail(Fault::depth);
    ++at_;
    fresh_ = true;
    return true;
  }
  void skip_blanks() {
    if (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') skip_more_blanks();
  }
  void skip_more_blanks();
  bool next_within(char closing);  // to the next element or key; false at the closing bracket or brace, or on a fault
  bool expect_word(std::string_view word);
  bool scan_string(JsonString& out);                             // at the opening quote
  bool scan_special_string(const char* first, JsonString& out);  // the same, at the first byte that is not plain
  bool scan_escape();                                            // at the backslash
  bool scan_hex4(std::uint32_t& value);
  bool scan_number();

  const char* begin_;
  const char* at_;
  const char* end_;
  int depth_left_;
  bool fresh_ = false;  // an object or array was entered and nothing in it was read yet
  Fault fault_ = Fault::none;
};

// Writes the string's meaning to `out`, which has room for raw.size() bytes; returns the number written. The string
// must come from a cursor (its escapes are known to be sound).
std::size_t unescape(const JsonString& text, char* out);

// True if the string means `text`, however it is escaped.
bool escaped_means(const JsonString& string, std::string_view text);  // of an escaped one
inline bool means(const JsonString& string, std::string_view text) {
  return string.escaped ? escaped_means(string, text) : string.is(text);
}

// An integer in plain notation (no fraction, no exponent) within int64.
std::optional<std::int64_t> to_integer(std::string_view number);

}  // namespace ktl::protocol

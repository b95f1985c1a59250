#pragma once
// A strict forward reader of JSON text (RFC 8259) that hands out values as they stand in the text. Internal to
// python_json.cc. Every call returns false on malformed input; the reader is of no use after that.
#include <string>
#include <string_view>

namespace ktl::prompt {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // The first byte of the next value or punctuation, after blanks; '\0' at the end.
  char peek();
  bool take(char expected);  // after blanks
  bool at_end() { return peek() == '\0' && at_ >= text_.size(); }
  std::size_t offset() const { return at_; }
  std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

  bool read_string(std::string& out);  // appends the text it stands for
  bool read_number(std::string_view& out);
  bool read_word(std::string_view& out);  // true, false, null
  bool skip_value(int depth);             // any value of at most `depth` levels

 private:
  bool read_escape(std::string& out);
  bool read_hex(char32_t& unit);
  template <class Next>
  bool skip_container(char close, Next next);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace ktl::prompt

#include "prompt/json_reader.h"

namespace ktl::prompt {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80u | ((c >> shift) & 0x3Fu)); };
  if (c < 0x800) {
    out += static_cast<char>(0xC0u | (c >> 6));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0u | (c >> 12));
    tail(6);
  } else {
    out += static_cast<char>(0xF0u | (c >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

}  // namespace

char JsonReader::peek() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return c;
    ++at_;
  }
  return '\0';
}

bool JsonReader::take(char expected) {
  if (peek() != expected || at_ >= text_.size()) return false;
  ++at_;
  return true;
}

bool JsonReader::read_hex(char32_t& unit) {
  if (text_.size() - at_ < 4) return false;
  unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[at_++];
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return false;
    }
    unit = unit * 16 + digit;
  }
  return true;
}

bool JsonReader::read_escape(std::string& out) {
  if (at_ >= text_.size()) return false;
  switch (const char c = text_[at_++]) {
    case '"':
    case '\\':
    case '/':
      out += c;
      return true;
    case 'b':
      out += '\b';
      return true;
    case 'f':
      out += '\f';
      return true;
    case 'n':
      out += '\n';
      return true;
    case 'r':
      out += '\r';
      return true;
    case 't':
      out += '\t';
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  char32_t unit = 0;
  if (!read_hex(unit)) return false;
  if (unit >= 0xDC00 && unit < 0xE000) return false;
  if (unit >= 0xD800 && unit < 0xDC00) {
    char32_t low = 0;
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!read_hex(low) || low < 0xDC00 || low >= 0xE000) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(unit, out);
  return true;
}

bool JsonReader::read_string(std::string& out) {
  if (!take('"')) return false;
  for (;;) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
      ++at_;
    }
    out += since(begin);
    if (at_ >= text_.size()) return false;
    if (text_[at_++] == '"') return true;
    if (!read_escape(out)) return false;
  }
}

bool JsonReader::read_number(std::string_view& out) {
  peek();
  const std::size_t begin = at_;
  const auto next_is = [this](char c) { return at_ < text_.size() && text_[at_] == c; };
  const auto digits = [this] {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > first;
  };
  if (next_is('-')) ++at_;
  if (next_is('0')) {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  if (next_is('.')) {
    ++at_;
    if (!digits()) return false;
  }
  if (next_is('e') || next_is('E')) {
    ++at_;
    if (next_is('+') || next_is('-')) ++at_;
    if (!digits()) return false;
  }
  out = since(begin);
  return true;
}

bool JsonReader::read_word(std::string_view& out) {
  peek();
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text_.substr(at_, word.size()) != word) continue;
    at_ += word.size();
    out = word;
    return true;
  }
  return false;
}

template <class Next>
bool JsonReader::skip_container(char close, Next next) {
  ++at_;
  if (take(close)) return true;
  do {
    if (!next()) return false;
  } while (take(','));
  return take(close);
}

bool JsonReader::skip_value(int depth) {
  std::string text;
  std::string_view token;
  switch (peek()) {
    case '"':
      return read_string(text);
    case '{':
      return depth > 0 && skip_container('}', [&] {
               text.clear();
               return read_string(text) && take(':') && skip_value(depth - 1);
             });
    case '[':
      return depth > 0 && skip_container(']', [&] { return skip_value(depth - 1); });
    case 't':
    case 'f':
    case 'n':
      return read_word(token);
    default:
      return read_number(token);
  }
}

}  // namespace ktl::prompt

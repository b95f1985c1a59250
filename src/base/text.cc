#include "base/text.h"

#include <cstring>

namespace ktl {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length of the well-formed sequence at `at`, or 0. Table 3-7 of the Unicode standard, row by row.
std::size_t sequence_length(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[at + i]); };
  const std::size_t left = s.size() - at;
  const unsigned char lead = byte(0);
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead < 0xF5) {
    if (left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// Eight bytes as one number, for looking at all of them at once.
constexpr std::uint64_t kEach = 0x0101010101010101u;
constexpr std::uint64_t kHigh = 0x8080808080808080u;

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Bytes that stand for themselves in a JSON string and are ASCII.
bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}
bool are_plain(std::uint64_t bytes) {
  const auto zeros = [](std::uint64_t word) { return (word - kEach) & ~word; };
  const std::uint64_t controls = (bytes - kEach * 0x20) & ~bytes;
  return ((zeros(bytes ^ (kEach * '"')) | zeros(bytes ^ (kEach * '\\')) | controls | bytes) & kHigh) == 0;
}

// Three bytes of U+1000..U+CFFF, Hangul and Hanja up to 쿿 among them: no lead there has second bytes of its own.
bool is_common_triple(const char* at) {
  const auto lead = static_cast<unsigned char>(at[0]);
  return lead >= 0xE1 && lead <= 0xEC && (at[1] & 0xC0) == 0x80 && (at[2] & 0xC0) == 0x80;
}

// The end of the run that needs no escape: plain ASCII and well-formed UTF-8.
std::size_t end_of_unescaped(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    while (text.size() - at >= 8 && are_plain(eight_bytes(text.data() + at))) at += 8;
    while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
    while (text.size() - at >= 3 && is_common_triple(text.data() + at)) at += 3;
    if (at == text.size() || is_plain(static_cast<unsigned char>(text[at]))) continue;
    if (static_cast<unsigned char>(text[at]) < 0x80) break;
    const std::size_t length = sequence_length(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

void append_escape(std::string& out, char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default: {
      const auto u = static_cast<unsigned char>(c);
      if (u >= 0x80) {
        out += "\xEF\xBF\xBD";
      } else {
        const char escape[] = {'\\', 'u', '0', '0', digits[u >> 4], digits[u & 15]};
        out.append(escape, sizeof escape);
      }
    }
  }
}

// True if the eight bytes are the same but for the case of ASCII letters.
bool fold_alike(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kCase = kEach * 0x20;
  const std::uint64_t different = a ^ b;
  if (different == 0) return true;
  if ((different & ~kCase) != 0) return false;
  const std::uint64_t low = (a | kCase) & ~kHigh;
  const std::uint64_t from_a = low + kEach * (0x80 - 'a');        // high bit: at least 'a'
  const std::uint64_t behind_z = low + kEach * (0x80 - 'z' - 1);  // high bit: above 'z'
  const std::uint64_t letters = from_a & ~behind_z & ~a;
  return ((different << 2) & ~letters & kHigh) == 0;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    while (bytes.size() - at >= 8 && (eight_bytes(bytes.data() + at) & kHigh) == 0) at += 8;
    while (bytes.size() - at >= 3 && is_common_triple(bytes.data() + at)) at += 3;
    if (at == bytes.size()) break;
    const std::size_t length = sequence_length(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[at + i])); };
  const std::size_t length = sequence_length(text, at);
  char32_t point = kReplacement;
  switch (length) {
    case 1:
      point = byte(0);
      break;
    case 2:
      point = (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
      break;
    case 3:
      point = (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
      break;
    case 4:
      point = (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
      break;
    default:
      break;
  }
  at += length == 0 ? 1 : length;
  return point;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(digits[u >> 4]);
      out.push_back(digits[u & 15]);
    }
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto u = static_cast<unsigned char>(c);
    out.push_back(digits[u >> 4]);
    out.push_back(digits[u & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = end_of_unescaped(text, at);
    out.append(text.data() + at, end - at);
    if (end == text.size()) break;
    append_escape(out, text[end]);
    at = end;
  }
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  out.push_back('"');
  return out;
}

bool same_size_equals_ignoring_case(const char* a, const char* b, std::size_t size) {
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (!fold_alike(eight_bytes(a + at), eight_bytes(b + at))) return false;
    }
    return fold_alike(eight_bytes(a + size - 8), eight_bytes(b + size - 8));
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < size; ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

}  // namespace ktl

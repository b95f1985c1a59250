#include "prompt/python_text.h"

namespace ktl::prompt {
namespace {

// The blanks of str.isspace(), in UTF-8: the ASCII ones (with the separators 1C-1F), then NEL, no-break space, the
// Ogham mark, U+2000-200A, the line and paragraph separators, 202F, 205F and the ideographic space.
std::size_t blank_at_front(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return first == ' ' || (first >= 0x09 && first <= 0x0D) || (first >= 0x1C && first <= 0x1F) ? 1 : 0;
  if (first == 0xC2) return text.size() >= 2 && (byte(1) == 0x85 || byte(1) == 0xA0) ? 2 : 0;
  if (text.size() < 3) return 0;
  const unsigned code = ((first & 0x0Fu) << 12) | ((byte(1) & 0x3Fu) << 6) | (byte(2) & 0x3Fu);
  if (first != 0xE1 && first != 0xE2 && first != 0xE3) return 0;
  const bool blank = code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
                     code == 0x202F || code == 0x205F || code == 0x3000;
  return blank ? 3 : 0;
}

std::size_t blank_at_back(std::string_view text) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    if (text.size() >= size && blank_at_front(text.substr(text.size() - size)) == size) return size;
  }
  return 0;
}

}  // namespace

std::string_view python_stripped(std::string_view text) {
  while (const std::size_t size = blank_at_front(text)) text.remove_prefix(size);
  while (const std::size_t size = blank_at_back(text)) text.remove_suffix(size);
  return text;
}

}  // namespace ktl::prompt

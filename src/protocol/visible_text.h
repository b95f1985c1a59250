#pragma once
// Foreign text made fit to be shown, a character at a time. Internal to the messages.
#include <string>
#include <string_view>

namespace ktl::protocol {

// Appends the character `c`, spelled `bytes`: controls become blanks, malformed bytes U+FFFD.
inline void append_visible(std::string& out, char32_t c, std::string_view bytes) {
  if (c == 0xFFFD) {
    out += "\xEF\xBF\xBD";
  } else if (c < 0x20 || c == 0x7F) {
    out += ' ';
  } else {
    out += bytes;
  }
}

}  // namespace ktl::protocol

#include "identity/names.h"

#include "base/text.h"

namespace ktl::identity {

bool is_plain_text(std::string_view text, std::size_t most) {
  if (text.size() > most || !is_utf8(text)) return false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = next_code_point(text, at);
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return false;
  }
  return true;
}

bool is_owner_name(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  return !name.empty() && is_plain_text(name, kLongest) && name.find('/') == std::string_view::npos;
}

}  // namespace ktl::identity

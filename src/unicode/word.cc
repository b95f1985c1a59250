#include "unicode/word.h"

#include <utf8proc.h>

namespace ktl::unicode {
namespace {

constexpr bool within(char32_t c, char32_t first, char32_t last) {
  return first <= c && c <= last;
}

// Symbols that are alphabetic by decree (Other_Alphabetic): circled, squared and negative Latin letters.
constexpr bool is_letter_like_symbol(char32_t c) {
  return within(c, 0x24B6, 0x24E9) || within(c, 0x1F130, 0x1F149) || within(c, 0x1F150, 0x1F169) ||
         within(c, 0x1F170, 0x1F189);
}

}  // namespace

bool is_word_character(char32_t code_point) {
  if (code_point > 0x10FFFF) return false;
  if (code_point == 0x200C || code_point == 0x200D || is_letter_like_symbol(code_point)) return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return false;
  }
}

}  // namespace ktl::unicode

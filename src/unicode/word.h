#pragma once
// Word characters, \w as Unicode Technical Standard 18 (annex C) has it: letters, marks, decimal digits, letter-like
// numbers and symbols, connectors and joiners. Properties of utf8proc. Pure and thread-safe; total over char32_t.

namespace ktl::unicode {

bool is_word_character(char32_t code_point);

}  // namespace ktl::unicode

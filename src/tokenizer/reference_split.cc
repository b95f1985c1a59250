// The regular expression, one function for each alternative, over decoded characters.
#include <optional>

#include "base/check.h"
#include "tokenizer/reference_encoder.h"
#include "unicode/classes.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

using unicode::CharClass;

struct Character {
  char32_t code_point;
  std::size_t end;  // in bytes
};
using Characters = std::vector<Character>;

// What an alternative matches at the beginning, in characters; none if it does not match.
using Matched = std::optional<std::size_t>;

Characters characters_of(std::string_view text) {
  Characters characters;
  for (std::size_t at = 0; at < text.size();) {
    const unicode::Decoded decoded = unicode::decode(text.data() + at, text.data() + text.size());
    at += decoded.size;
    characters.push_back({decoded.code_point, at});
  }
  return characters;
}

bool is(CharClass wanted, const Characters& text, std::size_t i) {
  return i < text.size() && unicode::class_of(text[i].code_point) == wanted;
}

bool is_line_end(const Characters& text, std::size_t i) {
  return i < text.size() && (text[i].code_point == '\r' || text[i].code_point == '\n');
}

std::size_t skip(CharClass wanted, const Characters& text, std::size_t i) {
  while (is(wanted, text, i)) ++i;
  return i;
}

char32_t folded(char32_t c) {
  if (c == 0x17F) return 's';
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)
Matched contraction(const Characters& text) {
  for (const std::string_view wanted : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    std::size_t same = 0;
    while (same < wanted.size() && same < text.size() &&
           folded(text[same].code_point) == static_cast<char32_t>(wanted[same])) {
      ++same;
    }
    if (same == wanted.size()) return same;
  }
  return {};
}

// [^\r\n\p{L}\p{N}]?\p{L}+
Matched word(const Characters& text) {
  if (!is_line_end(text, 0) && !is(CharClass::letter, text, 0) && !is(CharClass::number, text, 0) &&
      is(CharClass::letter, text, 1)) {
    return skip(CharClass::letter, text, 1);
  }
  if (is(CharClass::letter, text, 0)) return skip(CharClass::letter, text, 0);
  return {};
}

// \p{N} or \p{N}{1,3}
Matched number(const Characters& text, std::size_t most) {
  std::size_t end = 0;
  while (end < most && is(CharClass::number, text, end)) ++end;
  return end > 0 ? Matched(end) : Matched();
}

//  ?[^\s\p{L}\p{N}]+[\r\n]*
Matched symbols(const Characters& text) {
  const std::size_t begin = text[0].code_point == ' ' ? 1 : 0;
  std::size_t end = skip(CharClass::other, text, begin);
  if (end == begin) return {};
  while (is_line_end(text, end)) ++end;
  return end;
}

// \s*[\r\n]+
Matched lines(const Characters& text) {
  for (std::size_t end = skip(CharClass::blank, text, 0); end > 0; --end) {
    if (is_line_end(text, end - 1)) return end;
  }
  return {};
}

// \s+(?!\S)
Matched blanks_before_blank(const Characters& text) {
  for (std::size_t end = skip(CharClass::blank, text, 0); end > 0; --end) {
    if (end == text.size() || is(CharClass::blank, text, end)) return end;
  }
  return {};
}

}  // namespace

std::size_t reference_piece_size(Split split, std::string_view text) {
  const Characters characters = characters_of(text);
  Matched matched = contraction(characters);
  if (!matched) matched = word(characters);
  if (!matched) matched = number(characters, split == Split::llama3 ? 3 : 1);
  if (!matched) matched = symbols(characters);
  if (!matched) matched = lines(characters);
  if (!matched) matched = blanks_before_blank(characters);
  if (!matched) matched = skip(CharClass::blank, characters, 0);  // \s+
  KTL_CHECK(*matched > 0, "the regular expression matches any text");
  return characters[*matched - 1].end;
}

}  // namespace ktl::tokenizer

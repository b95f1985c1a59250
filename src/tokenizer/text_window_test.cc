#include "tokenizer/text_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "base/rng.h"

namespace ktl::tokenizer {
namespace {

using Window = std::array<char, kTextWindow>;  // a copy of its own, so that a sanitizer sees a read beyond it

void expect_alike(const Window& window) {
  const std::string_view text(window.data(), window.size());
  ASSERT_EQ(common_letters(window.data()), one_by_one::common_letters(window.data())) << text;
  ASSERT_EQ(ascii_signs(window.data()), one_by_one::ascii_signs(window.data())) << text;
}

Window filled(std::string_view begin) {
  Window window{};
  std::ranges::copy(begin.substr(0, kTextWindow), window.begin());
  return window;
}

TEST(TextWindow, marks_whole_letters_of_hangul_and_ascii) {
  EXPECT_EQ(common_letters(filled("ab 가나,").data()), 0b0'111'111'011u);
  EXPECT_EQ(common_letters(filled("가나다라마바").data()), 0b0'111'111'111'111'111u);  // half of 바 is not in it
  EXPECT_EQ(common_letters(filled("é가1z").data()), 0b1'0'111'00u);
  EXPECT_EQ(common_letters(filled("힘").data()), 0u);  // U+D798, a letter, but none of the commonest
}

TEST(TextWindow, marks_signs_of_ascii) {
  EXPECT_EQ(ascii_signs(filled("a.(1\t~\n가@AZ[`z{").data()), 0b0'1'1'0'0'1'000'0'1'0'0'1'1'0u);
}

TEST(TextWindow, is_looked_at_at_once_as_it_is_character_by_character_for_any_three_bytes) {
  for (unsigned number = 0; number < 1u << 16; ++number) {
    const char character[] = {static_cast<char>(0xe0 | number >> 12), static_cast<char>(0x80 | (number >> 6 & 0x3f)),
                              static_cast<char>(0x80 | (number & 0x3f))};
    Window window;
    window.fill("a\x80\xea.\xed\xb0"[number % 6]);
    std::ranges::copy(character, window.begin() + number * 7 % (kTextWindow - 2));
    ASSERT_NO_FATAL_FAILURE(expect_alike(window));
  }
}

TEST(TextWindow, is_looked_at_at_once_as_it_is_character_by_character_for_any_bytes) {
  constexpr std::string_view kParts[] = {
      "가",   "히",   "힣", "\xed\x9e", "\xea\xaf\xbf",     "\xea", "\xed\x9d\xbf", "a", "Z", " ", "\n", "0", "'",
      "\x1f", "\x7f", "é",  "漢",       "\xf0\x9f\x91\x8d", "\x80"};
  Rng rng(1);
  for (int i = 0; i < 200000; ++i) {
    Window window;
    if (i % 2 == 0) {
      for (char& c : window) c = static_cast<char>(rng.below(256));
    } else {
      std::string_view part;
      for (char& c : window) {
        if (part.empty()) part = kParts[rng.below(std::size(kParts))];
        c = part.front();
        part.remove_prefix(rng.below(16) == 0 ? part.size() : 1);
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_alike(window));
  }
}

}  // namespace
}  // namespace ktl::tokenizer

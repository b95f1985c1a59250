#pragma once
// The class of a code point, as the pre-tokenizers of language models tell them apart: letter (\p{L}), number (\p{N}),
// blank (\s) and all else. Unicode 16.0, which is what the reference's regex engine knows.
//
// One look-up in two tables of 30 kB together, made by the compiler. Pure and thread-safe; total over char32_t.
#include <array>
#include <cstddef>
#include <cstdint>

namespace ktl::unicode {

enum class CharClass : std::uint8_t { other, letter, number, blank };

namespace detail {

inline constexpr std::size_t kClassBlock = 64;  // code points a block: those that differ in the last UTF-8 byte
inline constexpr char32_t kClassEnd = 0x323C0;  // every code point from here on is `other`
inline constexpr std::size_t kClassBlocks = kClassEnd / kClassBlock;
inline constexpr std::size_t kDistinctBlocks =
    338;  // blocks with several classes in them, and one for each of three classes

struct ClassTable {
  std::array<std::uint16_t, kClassBlocks> block_begin;           // of each block, in `classes`
  std::array<CharClass, kDistinctBlocks * kClassBlock> classes;  // begins with ASCII
};
extern const ClassTable kClassTable;

}  // namespace detail

// Of a byte below 0x80.
inline CharClass class_of_ascii(unsigned char byte) {
  return detail::kClassTable.classes[byte];
}

inline CharClass class_of(char32_t code_point) {
  if (code_point >= detail::kClassEnd) return CharClass::other;
  const std::size_t begin = detail::kClassTable.block_begin[code_point / detail::kClassBlock];
  return detail::kClassTable.classes[begin + code_point % detail::kClassBlock];
}

}  // namespace ktl::unicode

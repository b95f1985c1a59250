// Spreads the ranges over the two tables, at compile time. Blocks that are all of one class share their cells.
#include "unicode/classes.h"

#include "unicode/class_ranges.h"

namespace ktl::unicode::detail {
namespace {

constexpr std::array kUniform = {CharClass::other, CharClass::letter, CharClass::number};
constexpr std::uint16_t kMixed = kUniform.size();

// Calls each(block, first, last) for every block that `range` touches, with the part of the block that it covers.
template <class Each>
constexpr void for_each_block(CodePointRange range, Each each) {
  const std::size_t last_block = range.last / kClassBlock;
  for (std::size_t block = range.first / kClassBlock; block <= last_block; ++block) {
    const std::size_t begin = block * kClassBlock;
    each(block, range.first > begin ? range.first - begin : 0,
         block == last_block ? range.last - begin : kClassBlock - 1);
  }
}

// Calls each(range, its class) for all ranges.
template <class Each>
constexpr void for_each_range(Each each) {
  for (const CodePointRange range : kLetterRanges) each(range, CharClass::letter);
  for (const CodePointRange range : kNumberRanges) each(range, CharClass::number);
  for (const CodePointRange range : kBlankRanges) each(range, CharClass::blank);
}

constexpr bool is_whole(std::size_t first, std::size_t last) {
  return first == 0 && last == kClassBlock - 1;
}

// Every block's number in kUniform, or kMixed.
constexpr std::array<std::uint16_t, kClassBlocks> sorts_of_blocks() {
  std::array<std::uint16_t, kClassBlocks> sorts{};
  for_each_range([&sorts](CodePointRange range, CharClass char_class) {
    for_each_block(range, [&](std::size_t block, std::size_t first, std::size_t last) {
      sorts[block] = is_whole(first, last) ? static_cast<std::uint16_t>(char_class) : kMixed;
    });
  });
  return sorts;
}

constexpr ClassTable make_table() {
  ClassTable table{};
  const auto sorts = sorts_of_blocks();
  std::size_t used = 0;  // cells given out; the first ones go to ASCII, which is mixed
  for (std::size_t block = 0; block < kClassBlocks; ++block) {
    if (sorts[block] != kMixed) continue;
    table.block_begin[block] = static_cast<std::uint16_t>(used);
    used += kClassBlock;
  }
  for (std::size_t sort = 0; sort < kUniform.size(); ++sort) {
    for (std::size_t block = 0; block < kClassBlocks; ++block) {
      if (sorts[block] == sort) table.block_begin[block] = static_cast<std::uint16_t>(used);
    }
    for (std::size_t i = 0; i < kClassBlock; ++i) table.classes[used++] = kUniform[sort];
  }
  for_each_range([&table](CodePointRange range, CharClass char_class) {
    for_each_block(range, [&](std::size_t block, std::size_t first, std::size_t last) {
      if (is_whole(first, last)) return;
      for (std::size_t i = first; i <= last; ++i) table.classes[table.block_begin[block] + i] = char_class;
    });
  });
  if (used != table.classes.size()) throw "kDistinctBlocks is not what the ranges need";
  return table;
}

}  // namespace

constinit const ClassTable kClassTable = make_table();

}  // namespace ktl::unicode::detail

#include "tokenizer/slot_table.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktl::tokenizer {
namespace {

std::uint64_t good_hash(std::uint64_t number) {
  return (number + 1) * 0x9e3779b97f4a7c15u;
}

TEST(SlotTable, finds_each_of_as_many_numbers_as_it_was_made_for) {
  for (const std::size_t entries : {0u, 1u, 15u, 16u, 17u, 1000u, 100000u}) {
    SlotTable table(entries);
    for (std::uint32_t number = 0; number < entries; ++number) table.add(good_hash(number), number);
    for (std::uint32_t number = 0; number < entries; ++number) {
      ASSERT_EQ(table.find(good_hash(number), [&](std::uint32_t found) { return found == number; }), number);
    }
    const auto none = static_cast<std::uint32_t>(entries);
    EXPECT_EQ(table.find(good_hash(none), [&](std::uint32_t found) { return found == none; }), SlotTable::kNone);
  }
}

TEST(SlotTable, tells_numbers_of_one_hash_apart_by_asking) {
  constexpr std::uint32_t kAlike = 40;  // more than a line
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}, good_hash(1)}) {
    SlotTable table(2 * kAlike);
    for (std::uint32_t i = 0; i < kAlike; ++i) table.add(hash, SlotTable::kMaxNumber - i);
    for (std::uint32_t i = 0; i < kAlike; ++i) {
      const std::uint32_t number = SlotTable::kMaxNumber - i;
      EXPECT_EQ(table.find(hash, [&](std::uint32_t found) { return found == number; }), number);
    }
    std::vector<std::uint32_t> asked;
    EXPECT_EQ(table.find(hash, [&](std::uint32_t found) { return asked.push_back(found), false; }), SlotTable::kNone);
    EXPECT_EQ(asked.size(), kAlike);
  }
}

TEST(SlotTable, hardly_ever_asks_about_strangers) {
  constexpr std::uint32_t kEntries = 100000;
  SlotTable table(kEntries);
  for (std::uint32_t number = 0; number < kEntries; ++number) table.add(good_hash(number), number);
  std::size_t asked = 0;
  for (std::uint32_t stranger = kEntries; stranger < 2 * kEntries; ++stranger) {
    EXPECT_EQ(table.find(good_hash(stranger), [&](std::uint32_t) { return ++asked == 0; }), SlotTable::kNone);
  }
  EXPECT_LT(asked, kEntries / 20);
}

}  // namespace
}  // namespace ktl::tokenizer

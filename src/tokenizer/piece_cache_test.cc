#include "tokenizer/piece_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "tokenizer/compatibility_cache.h"

namespace ktl::tokenizer {
namespace {

PieceKey key_of(const std::string& piece) {
  return {piece.data(), piece.size(), piece.data() + piece.size()};
}

// A piece, and the number that goes with it and no other.
std::string piece_of(std::uint64_t n) {
  return std::string(1 + n % PieceKey::kLargest, static_cast<char>('a' + n / PieceKey::kLargest % 26));
}
std::uint32_t count_of(const std::string& piece) {
  return 1 + static_cast<std::uint32_t>(piece.size() * 7 + static_cast<unsigned char>(piece[0])) % 200;
}

TEST(PieceCache, remembers_pieces_of_every_length) {
  PieceCache cache(1 << 20);
  for (std::uint64_t n = 0; n < 26 * PieceKey::kLargest; ++n) cache.store(key_of(piece_of(n)), count_of(piece_of(n)));
  std::uint64_t found = 0;
  for (std::uint64_t n = 0; n < 26 * PieceKey::kLargest; ++n) {
    const std::uint32_t count = cache.find(key_of(piece_of(n)));
    EXPECT_TRUE(count == 0 || count == count_of(piece_of(n))) << piece_of(n);
    found += count != 0;
  }
  EXPECT_GT(found, 26 * PieceKey::kLargest * 9 / 10);
  cache.clear();
  for (std::uint64_t n = 0; n < 26 * PieceKey::kLargest; ++n) EXPECT_EQ(cache.find(key_of(piece_of(n))), 0u);
}

TEST(PieceCache, tells_a_piece_from_one_with_zeros_behind_it) {
  PieceCache cache(64);
  cache.store(key_of("ab"), 1);
  EXPECT_EQ(cache.find(key_of(std::string("ab\0", 3))), 0u);
  EXPECT_EQ(cache.find(key_of("ab")), 1u);
}

TEST(PieceCache, gives_way_to_the_newest) {
  PieceCache cache(64);
  for (const char* piece : {"one", "two", "three"}) cache.store(key_of(piece), 3);
  EXPECT_EQ(cache.find(key_of("one")), 0u);
  EXPECT_EQ(cache.find(key_of("two")), 3u);
  EXPECT_EQ(cache.find(key_of("three")), 3u);
}

TEST(PieceCache, never_answers_for_another_piece_while_threads_write) {
  PieceCache cache(512);  // so small that every store displaces another
  CompatibilityCache pairs(8);
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> wrong{0};
  const auto work = [&](std::uint64_t seed) {
    Rng rng(seed);
    for (int i = 0; i < 60000; ++i) {
      const std::string piece = piece_of(rng.below(26 * PieceKey::kLargest));
      const std::uint32_t count = cache.find(key_of(piece));
      hits += count != 0;
      wrong += count != 0 && count != count_of(piece);
      cache.store(key_of(piece), count_of(piece));
      const auto left = static_cast<TokenId>(rng.below(40));
      const auto right = static_cast<TokenId>(rng.below(40));
      bool answer = false;
      if (pairs.find(left, right, answer)) wrong += answer != ((left * 3 + right) % 5 == 0);
      pairs.store(left, right, (left * 3 + right) % 5 == 0);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u) << "seeds 1 to 4";
  EXPECT_GT(hits, 0u);
}

}  // namespace
}  // namespace ktl::tokenizer

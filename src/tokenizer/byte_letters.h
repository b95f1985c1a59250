#pragma once
// What merging single bytes starts from: the token of each, and which merges join two of them or part them.
//
// Immutable, safe from any thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/pair_ranks.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class ByteLetters {
 public:
  static constexpr std::size_t kAll = 256;

  ByteLetters() = default;
  ByteLetters(const std::array<TokenId, kAll>& ids, const Vocabulary& vocabulary);

  TokenId id(unsigned char c) const { return ids_[c]; }
  Rank rank(unsigned char left, unsigned char right) const { return ranks_[kAll * left + right]; }

  // Of two ASCII characters side by side. Signed numbers, since four of them are compared at once; ids and ranks have
  // 21 bits.
  static constexpr std::int32_t kNever = 0x7fffffff;
  struct alignas(16) Pair {
    std::int32_t rank = kNever;      // of the merge that joins them
    std::int32_t both = 0;           // what it makes; 0 if a part of it may come before it, so that it is never sure
    std::int32_t to_right = kNever;  // of the first merge of the left one alone with what begins as the right one
    std::int32_t to_left = kNever;   // of the first merge of what ends as the left one with the right one alone
  };
  const Pair& pair(char left, char right) const {
    return pairs_[kRow * static_cast<unsigned char>(left) + static_cast<unsigned char>(right)];
  }
  std::size_t bytes() const { return ranks_.capacity() * sizeof(Rank) + pairs_.capacity() * sizeof(Pair); }

 private:
  static constexpr std::size_t kAscii = 128;
  static constexpr std::size_t kRow = kAscii + 1;  // so that the rows do not fight for the same lines of the cache

  std::array<TokenId, kAll> ids_{};
  std::vector<Rank> ranks_;
  std::vector<Pair> pairs_;
};

}  // namespace ktl::tokenizer

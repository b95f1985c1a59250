#pragma once
// Which hashes were added: a bit by the upper bits of each. It never denies one that was, and is wrong about few
// others. Safe from any thread once filled.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ktl::tokenizer {

class BitFilter {
 public:
  BitFilter() = default;
  // `words` are a power of two: zeros, or those of a filter that was filled before.
  explicit BitFilter(std::vector<std::uint64_t> words)
      : words_(std::move(words)), shift_(64 - std::countr_zero(64 * words_.size())) {}

  // At least sixteen bits for each entry.
  static std::size_t words_for(std::size_t entries) { return std::bit_ceil(16 * entries + 64) / 64; }

  bool may_hold(std::uint64_t hash) const {
    const std::uint64_t bit = hash >> shift_;
    return (words_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  void add(std::uint64_t hash) {
    const std::uint64_t bit = hash >> shift_;
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }

  const std::vector<std::uint64_t>& words() const { return words_; }
  std::size_t bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  std::vector<std::uint64_t> words_;
  int shift_ = 0;
};

}  // namespace ktl::tokenizer

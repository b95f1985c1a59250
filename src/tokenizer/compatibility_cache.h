#pragma once
// Remembers which tokens can stand side by side (merge_forest.h), in a fixed number of words. A word holds both tokens
// and the answer, so it is read and written whole and can never answer for others. Safe from any thread.
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class CompatibilityCache {
 public:
  // `entries` is a power of two. Token ids are below 2^31.
  explicit CompatibilityCache(std::size_t entries)
      : words_(std::make_unique<std::atomic<std::uint64_t>[]>(entries)), shift_(64 - std::countr_zero(entries)) {}

  bool find(TokenId left, TokenId right, bool& answer) const {
    const std::uint64_t key = key_of(left, right);
    const std::uint64_t word = words_[slot_of(key)].load(std::memory_order_relaxed);
    answer = (word & 1) != 0;
    return (word & ~std::uint64_t{1}) == key;
  }
  void store(TokenId left, TokenId right, bool answer) {
    const std::uint64_t key = key_of(left, right);
    words_[slot_of(key)].store(key | std::uint64_t{answer}, std::memory_order_relaxed);
  }
  void clear() {
    for (std::size_t i = 0; i < std::size_t{1} << (64 - shift_); ++i) words_[i].store(0, std::memory_order_relaxed);
  }

 private:
  // Never 0, the word of an entry that is not in use.
  static std::uint64_t key_of(TokenId left, TokenId right) {
    return std::uint64_t{left + 1} << 32 | std::uint64_t{right} << 1;
  }
  std::size_t slot_of(std::uint64_t key) const { return (key * 0x9e3779b97f4a7c15u) >> shift_; }

  std::unique_ptr<std::atomic<std::uint64_t>[]> words_;
  int shift_;
};

}  // namespace ktl::tokenizer

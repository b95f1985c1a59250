#pragma once
// Remembers how many tokens a piece of text makes, in a fixed number of bytes.
//
// An entry holds the whole piece, so it never answers for another. Two entries share a cache line; the older one gives
// way. Safe from any thread, without locks: an entry carries a version that is odd while it is written, a reader that
// meets a change takes it for a miss, and a writer that meets another one goes away.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tokenizer/words.h"

namespace ktl::tokenizer {

// A piece of 1 to kLargest bytes, ready for the cache.
struct PieceKey {
  static constexpr std::size_t kLargest = 24;

  PieceKey(const char* at, std::size_t size, const char* readable_end) : length(size) {
    if (size <= 16) {
      words = Words::load(at, size, readable_end);
    } else {
      words = Words::load(at, 16, readable_end);
      third = Words::load(at + 16, size - 16, readable_end).low;
    }
  }
  std::uint64_t hash() const {
    const std::uint64_t mixed =
        (words.low + length) * 0x9e3779b97f4a7c15u ^ (words.high ^ third * 3) * 0xd6e8feb86659fd93u;
    return mixed ^ mixed >> 32;
  }

  Words words;
  std::uint64_t third = 0;
  std::uint64_t length;
};

class PieceCache {
 public:
  explicit PieceCache(std::size_t bytes);  // a power of two, at least one cache line

  // 0: not here.
  std::uint32_t find(const PieceKey& key) const {
    const Line& line = lines_[key.hash() & mask_];
    for (const Entry& entry : line.entries) {
      const std::uint64_t head = entry.head.load(std::memory_order_acquire);
      if ((head & kLengthMask) != key.length << kLengthShift) continue;
      const bool same = entry.low.load(std::memory_order_acquire) == key.words.low &&
                        entry.high.load(std::memory_order_acquire) == key.words.high &&
                        entry.third.load(std::memory_order_acquire) == key.third;
      if (same && (head & kWriting) == 0 && entry.head.load(std::memory_order_relaxed) == head)
        return head & kCountMask;
    }
    return 0;
  }
  void store(const PieceKey& key, std::uint32_t count);  // 1 <= count <= key.length
  void clear();

 private:
  // The head of an entry: version, length of the piece, number of tokens.
  static constexpr std::uint64_t kCountMask = 0xff;
  static constexpr int kLengthShift = 8;
  static constexpr std::uint64_t kLengthMask = 0xff00;
  static constexpr int kVersionShift = 16;
  static constexpr std::uint64_t kWriting = std::uint64_t{1} << kVersionShift;

  struct Entry {
    std::atomic<std::uint64_t> head{0};
    std::atomic<std::uint64_t> low{0};
    std::atomic<std::uint64_t> high{0};
    std::atomic<std::uint64_t> third{0};
  };
  struct alignas(64) Line {
    Entry entries[2];
  };

  std::size_t mask_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace ktl::tokenizer

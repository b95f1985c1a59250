#include "tokenizer/piece_cache.h"

#include <bit>

#include "base/check.h"

namespace ktl::tokenizer {

PieceCache::PieceCache(std::size_t bytes) : mask_(bytes / sizeof(Line) - 1) {
  KTL_CHECK(std::has_single_bit(bytes) && bytes >= sizeof(Line), "a cache is a power of two of whole lines");
  lines_ = std::make_unique<Line[]>(mask_ + 1);
}

void PieceCache::store(const PieceKey& key, std::uint32_t count) {
  Line& line = lines_[key.hash() & mask_];
  const std::uint64_t first = line.entries[0].head.load(std::memory_order_relaxed);
  const std::uint64_t second = line.entries[1].head.load(std::memory_order_relaxed);
  Entry& older = line.entries[first >> kVersionShift > second >> kVersionShift ? 1 : 0];
  std::uint64_t head = &older == &line.entries[0] ? first : second;
  const std::uint64_t version = head >> kVersionShift;
  if ((head & kWriting) != 0) return;
  if (!older.head.compare_exchange_strong(head, (version + 1) << kVersionShift, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
    return;
  }
  // Whoever sees one of these words sees the odd version too.
  older.low.store(key.words.low, std::memory_order_release);
  older.high.store(key.words.high, std::memory_order_release);
  older.third.store(key.third, std::memory_order_release);
  older.head.store((version + 2) << kVersionShift | key.length << kLengthShift | count, std::memory_order_release);
}

void PieceCache::clear() {
  for (std::size_t i = 0; i <= mask_; ++i) {
    for (Entry& entry : lines_[i].entries) {
      std::uint64_t head = entry.head.load(std::memory_order_relaxed);
      if ((head & kWriting) == 0) {
        entry.head.compare_exchange_strong(head, ((head >> kVersionShift) + 2) << kVersionShift,
                                           std::memory_order_relaxed);
      }
    }
  }
}

}  // namespace ktl::tokenizer

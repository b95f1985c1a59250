#include "prompt/message_cache.h"

#include <algorithm>
#include <bit>

namespace ktl::prompt {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

MessageCache::MessageCache(std::size_t bytes, Rng& rng)
    : key_(rng),
      mask_(std::bit_floor(std::max(bytes / sizeof(Bucket), std::size_t{1})) - 1),
      buckets_(new Bucket[mask_ + 1]) {}

std::optional<std::int64_t> MessageCache::find(const Digest& digest) const {
  const std::uint64_t now = clock_.load(kRelaxed);
  for (Entry& entry : buckets_[digest.low & mask_].entries) {
    const std::uint64_t used = entry.used.load(kRelaxed);
    if (used == 0) continue;
    const std::uint64_t count = entry.count.load(kRelaxed);
    if ((entry.high.load(kRelaxed) ^ count) != digest.high || (entry.low.load(kRelaxed) ^ count) != digest.low)
      continue;
    if (used != now) entry.used.store(now, kRelaxed);
    return static_cast<std::int64_t>(count);
  }
  return std::nullopt;
}

void MessageCache::insert(const Digest& digest, std::int64_t count) {
  const auto value = static_cast<std::uint64_t>(count);
  const std::uint64_t now = clock_.fetch_add(1, kRelaxed) + 1;
  auto& entries = buckets_[digest.low & mask_].entries;
  Entry* oldest = nullptr;
  for (Entry& entry : entries) {
    const std::uint64_t same = entry.count.load(kRelaxed);
    const bool present =
        (entry.high.load(kRelaxed) ^ same) == digest.high && (entry.low.load(kRelaxed) ^ same) == digest.low;
    if (present && entry.used.load(kRelaxed) != 0) return;
    if (oldest == nullptr || entry.used.load(kRelaxed) < oldest->used.load(kRelaxed)) oldest = &entry;
  }
  oldest->high.store(digest.high ^ value, kRelaxed);
  oldest->low.store(digest.low ^ value, kRelaxed);
  oldest->count.store(value, kRelaxed);
  oldest->used.store(now, kRelaxed);
}

}  // namespace ktl::prompt

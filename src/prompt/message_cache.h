#pragma once
// The token counts of texts seen lately, so that a conversation that is sent again with its history costs its new text
// only. A text is known by its digest (text_digest.h); texts themselves are not kept.
//
// Bounded: all memory is taken at construction. Thread-safe and lock-free: each entry is three words of which the first
// two are the digest xor the count, so that an entry torn by two writers matches no digest. A lookup touches two cache
// lines. When a bucket of four is full, the one unused for longest goes.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "prompt/text_digest.h"

namespace ktl::prompt {

class MessageCache {
 public:
  // At most `bytes` of memory, rounded down to a power of two, at least one bucket (128 bytes).
  MessageCache(std::size_t bytes, Rng& rng);

  const DigestKey& key() const { return key_; }
  std::size_t bytes() const { return (mask_ + 1) * sizeof(Bucket); }

  std::optional<std::int64_t> find(const Digest& digest) const;
  void insert(const Digest& digest, std::int64_t count);

 private:
  struct Entry {
    std::atomic<std::uint64_t> high{0};
    std::atomic<std::uint64_t> low{0};
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> used{0};  // 0: empty
  };
  struct alignas(64) Bucket {
    std::array<Entry, 4> entries;
  };

  DigestKey key_;
  std::size_t mask_;
  std::unique_ptr<Bucket[]> buckets_;
  alignas(64) mutable std::atomic<std::uint64_t> clock_{1};  // counts insertions
};

}  // namespace ktl::prompt

#pragma once
// A hash table of numbers below 2^21, four bytes each: small enough that all of a vocabulary's tokens or merges lie in
// the processor's second cache.
//
// An entry is a number and ten bits of its hash; what it stands for is kept by the caller, who is asked whether a
// number is the one meant. Strangers are told by their hashes nearly always, and sixteen entries, one cache line, at
// once. Safe from any thread once filled.
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"

namespace ktl::tokenizer {

class SlotTable {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kMaxNumber = (std::uint32_t{1} << 21) - 1;

  static constexpr std::size_t kSlots = 16;
  struct alignas(64) Line {
    std::uint32_t slots[kSlots]{};  // 0: free, as are all behind it
  };

  // For up to `entries` numbers.
  explicit SlotTable(std::size_t entries) : SlotTable(std::vector<Line>(lines_for(entries))) {}

  // A table that was filled before: `lines`, as lines() gave them, for numbers below `entries`. nullopt if no such table
  // has these lines, so that find() would ask for another number, or not end.
  static std::optional<SlotTable> filled(std::size_t entries, std::vector<Line> lines) {
    if (lines.size() != lines_for(entries)) return std::nullopt;
    bool has_room = false;
    bool has_stranger = false;
    for (const Line& line : lines) {
      has_room |= line.slots[kSlots - 1] == 0;
      for (const std::uint32_t slot : line.slots) has_stranger |= slot != 0 && (slot & kMaxNumber) >= entries;
    }
    if (!has_room || has_stranger) return std::nullopt;
    return SlotTable(std::move(lines));
  }
  const std::vector<Line>& lines() const { return lines_; }

  void add(std::uint64_t hash, std::uint32_t number) {
    KTL_CHECK(number <= kMaxNumber, "a slot has 21 bits for its number");
    std::size_t at = hash >> shift_;
    while (lines_[at].slots[kSlots - 1] != 0) at = (at + 1) & (lines_.size() - 1);
    Line& line = lines_[at];
    line.slots[std::countr_zero(marked(line, 0))] = mark_of(hash) | number;
  }

  // The number under `hash` for which is_it(number) holds, or kNone. The upper bits of a hash must be good.
  template <class IsIt>
  std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    const std::uint32_t mark = mark_of(hash);
    for (std::size_t at = hash >> shift_;; at = (at + 1) & (lines_.size() - 1)) {
      const Line& line = lines_[at];
      for (std::uint32_t alike = marked(line, mark); alike != 0; alike &= alike - 1) {
        const std::uint32_t number = line.slots[std::countr_zero(alike)] & kMaxNumber;
        if (is_it(number)) [[likely]]
          return number;
      }
      if (line.slots[kSlots - 1] == 0) [[likely]]
        return kNone;
    }
  }

  std::size_t bytes() const { return lines_.capacity() * sizeof(Line); }

 private:
  explicit SlotTable(std::vector<Line> lines) : shift_(64 - std::countr_zero(lines.size())), lines_(std::move(lines)) {}
  static std::size_t lines_for(std::size_t entries) { return std::bit_ceil(entries / 12 + 2); }

  // Never 0.
  std::uint32_t mark_of(std::uint64_t hash) const {
    return (static_cast<std::uint32_t>(hash >> (shift_ - 11)) | 1u << 10) << 21;
  }
  // A bit for each slot of this mark; 0 marks the free ones.
  static std::uint32_t marked(const Line& line, std::uint32_t mark) {
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(mark >> 21));
    const auto same = [&](int four) {
      const __m128i slots = _mm_load_si128(reinterpret_cast<const __m128i*>(line.slots) + four);
      return _mm_cmpeq_epi32(_mm_srli_epi32(slots, 21), wanted);
    };
    const __m128i low = _mm_packs_epi32(same(0), same(1));
    const __m128i high = _mm_packs_epi32(same(2), same(3));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#else
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < kSlots; ++i) found |= std::uint32_t{(line.slots[i] & ~kMaxNumber) == mark} << i;
    return found;
#endif
  }

  int shift_;
  std::vector<Line> lines_;
};

}  // namespace ktl::tokenizer

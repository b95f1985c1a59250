#pragma once
// The first bytes of a text as two little-endian words, zero behind them: the form in which short texts are compared.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ktl::tokenizer {

struct Words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  // Of `size` bytes, at most 16.
  static Words load(const char* at, std::size_t size, const char* readable_end) {
    Words words;
    if (readable_end - at >= 16) [[likely]] {
      std::memcpy(&words.low, at, 8);
      std::memcpy(&words.high, at + 8, 8);
      return words.first(size);
    }
    return load_just(at, size);
  }
  // The first `size` bytes of them, at most 16. Without a branch, for the lengths of words are hard to predict.
  Words first(std::size_t size) const {
    return {low & number<std::uint64_t>(kMasks.data() + 16 - size),
            high & number<std::uint64_t>(kMasks.data() + 24 - size)};
  }
  // The same without reading behind the bytes asked for: two loads that overlap.
  static Words load_just(const char* at, std::size_t size) {
    if (size >= 8) {
      const auto end = number<std::uint64_t>(at + size - 8);
      return {number<std::uint64_t>(at), size == 8 ? 0 : end >> (8 * (16 - size))};
    }
    if (size >= 4) return {number<std::uint32_t>(at) | number<std::uint32_t>(at + size - 4) << (8 * (size - 4)), 0};
    if (size == 0) return {};
    const auto byte = [at](std::size_t i) { return number<unsigned char>(at + i) << (8 * i); };
    return {byte(0) | byte(size / 2) | byte(size - 1), 0};
  }
  template <class Number>
  static std::uint64_t number(const char* at) {
    Number value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  // Sixteen bytes that are kept, and sixteen that are not.
  static constexpr std::array<char, 32> kMasks = [] {
    std::array<char, 32> masks{};
    std::fill_n(masks.begin(), 16, '\xff');
    return masks;
  }();
  friend bool operator==(const Words&, const Words&) = default;
};

}  // namespace ktl::tokenizer

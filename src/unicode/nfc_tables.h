#pragma once
// The character properties that normalisation needs, of Unicode 9.0: combining classes, decompositions, compositions.
// Hangul syllables are not in the tables: they are arithmetic (nfc.cc).
//
// Made from utf8proc's data, minus what later versions of Unicode added. Immutable and thread-safe.
#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ktl::unicode {

class NfcTables {
 public:
  // The one copy, made at the first call.
  static const NfcTables& get();

  // True if the code point is its own NFC, is no combining mark, and never combines with what stands before it: text
  // can be cut before it and normalised in parts.
  bool is_boundary(char32_t code_point) const { return code_point >= kEnd || !(*inner_)[code_point]; }

  struct Decomposition {
    std::uint8_t combining_class = 0;
    std::uint8_t size = 0;  // 0: the code point stands for itself
    std::array<char32_t, 4> parts{};

    std::span<const char32_t> view() const { return std::span(parts).first(size); }
  };
  // All the way down, in canonical order; and the combining class of the code point itself.
  const Decomposition& decomposition(char32_t code_point) const;

  // The code point that `first` and `second` make together, or 0.
  char32_t composition(char32_t first, char32_t second) const;

 private:
  static constexpr char32_t kEnd = 0x30000;  // nothing above is touched by normalisation

  struct Entry {
    char32_t code_point;
    Decomposition decomposition;
  };
  struct Pair {
    std::uint64_t parts;  // the first in the upper half
    char32_t whole;
  };

  // Where in one of the tables a key stands: a hash table of their places and one, 0 where it is free.
  using Slots = std::array<std::uint16_t, 8192>;
  static std::size_t slot_of(std::uint64_t key) { return (key * 0x9e3779b97f4a7c15u) >> 51; }
  static void put(Slots& slots, std::uint64_t key, std::size_t place);

  NfcTables();
  void add(char32_t code_point);

  std::vector<Entry> entries_;
  std::vector<Pair> pairs_;
  std::unique_ptr<Slots> entry_slots_;  // by code point
  std::unique_ptr<Slots> pair_slots_;   // by parts
  std::unique_ptr<std::bitset<kEnd>> inner_;
};

}  // namespace ktl::unicode

#pragma once
// Finds the longest token that begins with a Hangul syllable, or with a blank and one: the common case in Korean text,
// in tables small enough for the processor's second cache.
//
// A token of one syllable is found by the syllable's number. Longer ones lie in a hash table, and which lengths to
// probe is told by a table under the first two syllables, where strangers may share an entry: that costs a probe and
// never an answer. Immutable, safe from any thread, no allocation.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/indexed_token.h"
#include "tokenizer/words.h"

namespace ktl::tokenizer {

// How a text begins.
struct HangulStart {
  explicit HangulStart(std::uint64_t low) {
    const std::uint32_t blank = (low & 0xff) == ' ' ? 1 : 0;
    const auto word = static_cast<std::uint32_t>(low >> (8 * blank));
    const std::uint32_t code_point = (word & 0x0fu) << 12 | (word >> 2 & 0x0fc0u) | (word >> 16 & 0x3fu);
    stem = 3 + blank;
    syllable = (word & 0x00c0c0f0u) == 0x008080e0u ? code_point - 0xac00u : kSyllables;
  }
  bool is_hangul() const { return syllable < kSyllables; }

  static constexpr std::uint32_t kSyllables = 11172;
  std::uint32_t stem;      // bytes of the blank, if any, and the syllable
  std::uint32_t syllable;  // its number; kSyllables or more: something else
};

class HangulIndex {
 public:
  HangulIndex();
  // First all tokens, of which it takes its own, then finish(). `words` are the first 16 bytes.
  void add(const IndexedToken& token, const Words& words);
  void finish();

  enum class Verdict : std::uint8_t {
    found,
    none,   // no token but perhaps the first byte alone
    other,  // tokens that these tables do not hold: they end within a syllable, or have more than 16 bytes
  };
  // `words` are the first min(limit, 16) bytes; limit >= start.stem.
  [[gnu::always_inline]] Verdict longest(const HangulStart& start, const Words& words, std::size_t limit,
                                         Match& match) const {
    const std::uint32_t two = start.stem + 3;
    if (limit >= two) {
      std::uint32_t mask = masks_[mask_at(words.first(two).low)];
      if ((mask & kLongFlag) != 0 && limit > kLargest) return Verdict::other;
      if (limit < kLargest) mask &= (std::uint32_t{2} << limit >> kShift) - 1;
      mask &= ~kLongFlag;
      while (mask != 0) {
        const auto length = static_cast<std::uint32_t>(std::bit_width(mask) - 1 + kShift);
        if (probe(words.first(length), length, match)) return Verdict::found;
        mask &= ~(std::uint32_t{1} << (length - kShift));
      }
    }
    const std::uint32_t alone = alone_[2 * start.syllable + start.stem - 3];
    if ((alone & kMoreFlag) != 0 && limit > start.stem) return Verdict::other;
    const std::uint32_t id_and_one = alone & ~(kMoreFlag | kLessFlag);
    match = {id_and_one - 1, start.stem};
    if (id_and_one != 0) return Verdict::found;
    return (alone & kLessFlag) != 0 ? Verdict::other : Verdict::none;
  }

  std::size_t bytes() const {
    return alone_.capacity() * sizeof(std::uint32_t) + masks_.capacity() * sizeof(std::uint16_t) +
           slots_.capacity() * sizeof(Slot);
  }

 private:
  static constexpr std::uint32_t kLargest = 16;
  static constexpr std::uint32_t kShift =
      5;  // bit L - kShift of a mask: a token of L bytes, 6 <= L <= 16, may begin so
  static constexpr std::uint32_t kLongFlag = 1;
  static constexpr std::uint32_t kMoreFlag = std::uint32_t{1} << 31;  // a token ends within the second syllable
  static constexpr std::uint32_t kLessFlag = std::uint32_t{1}
                                             << 30;  // a token of two bytes or more ends within the first
  static constexpr int kMaskBits = 15;

  struct Slot {
    Words text;
    Match token;
  };

  void note_part(std::string_view text);
  void flag_stems_with_parts();
  static std::size_t mask_at(std::uint64_t two) { return (two * 0x9e3779b97f4a7c15u) >> (64 - kMaskBits); }
  static std::size_t hash_of(const Words& text) {
    const std::uint64_t mixed = (text.low ^ std::rotl(text.high * 0xd6e8feb86659fd93u, 23)) * 0x9e3779b97f4a7c15u;
    return mixed ^ mixed >> 32;
  }
  bool probe(const Words& text, std::uint32_t length, Match& match) const {
    for (std::size_t at = hash_of(text);; ++at) {
      const Slot& slot = slots_[at & slot_mask_];
      if (slot.text == text && slot.token.length == length) {
        match = slot.token;
        return true;
      }
      if (slot.token.length == 0) return false;
    }
  }

  std::vector<std::uint32_t> alone_;  // by syllable, without and with a blank: id + 1, and flags
  std::vector<std::uint16_t> masks_;
  std::vector<Slot> slots_;
  std::size_t slot_mask_ = 0;
  // Until finish(). By the last two bytes of a part of a stem, the blank excepted: "\xEA\xB0", " \xEA\xB0", and " \xEA"
  // as its one byte.
  std::vector<bool> plain_parts_;
  std::vector<bool> parts_behind_blank_;
};

}  // namespace ktl::tokenizer

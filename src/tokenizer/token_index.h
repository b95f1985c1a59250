#pragma once
// Finds the longest token that begins at a place of the text. Immutable, safe from any thread, no allocation.
//
// Tokens of up to 8 and of up to 16 bytes lie in hash tables under their bytes, loaded as one or two words; longer ones
// in lists under their first 16 bytes. Which lengths are worth a probe is told by tables under the first two, four and
// seven bytes; in the latter two strangers may share an entry: that costs a probe and never an answer.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/hangul_index.h"
#include "tokenizer/indexed_token.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/words.h"

namespace ktl::tokenizer {

// A stretch of text that may be matched, within a text that may be read.
struct Place {
  const char* at;
  const char* end;           // no match goes beyond
  const char* readable_end;  // >= end
};

class TokenIndex {
 public:
  // The texts are distinct; they are not kept.
  explicit TokenIndex(std::span<const IndexedToken> tokens);

  Match longest(const Place& place) const {
    const auto limit = static_cast<std::size_t>(place.end - place.at);
    const Words words = Words::load(place.at, limit < kMiddle ? limit : kMiddle, place.readable_end);
    const HangulStart start(words.low);
    if (start.is_hangul() && limit >= start.stem) [[likely]] {
      Match match;
      const HangulIndex::Verdict verdict = hangul_.longest(start, words, limit, match);
      if (verdict == HangulIndex::Verdict::found) [[likely]]
        return match;
      if (verdict == HangulIndex::Verdict::none) return bytes_[words.low & 0xff];
    }
    return longest_other(place, words, limit);
  }
  // The token that is exactly this text; length 0 if there is none.
  Match exact(const Place& place) const;

  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kShort = 8;
  static constexpr std::uint32_t kMiddle = 16;
  static constexpr std::uint32_t kFew = 4;       // bytes under which lengths 4 to 6 are told,
  static constexpr std::uint32_t kSome = 7;      // and those from 7
  static constexpr std::uint32_t kLongFlag = 1;  // of a mask: there are tokens of more than 16 bytes
  static constexpr std::uint32_t kThreeFlag = std::uint32_t{1} << 31;

  struct ShortSlot {
    std::uint64_t text = 0;
    Match token;  // length 0: free
  };
  struct MiddleSlot {
    Words text;
    Match token;
  };
  struct LongToken {
    Words text;  // its beginning
    std::uint32_t begin;
    Match token;
  };

  static std::uint64_t hash_of(std::uint64_t text, std::uint32_t length) {
    const std::uint64_t mixed = (text + length) * 0x9e3779b97f4a7c15u;
    return mixed ^ mixed >> 32;
  }
  static std::uint64_t hash_of(const Words& text, std::uint32_t length) {
    return hash_of(text.low ^ std::rotl(text.high * 0xd6e8feb86659fd93u, 23), length);
  }
  std::size_t mask_at(std::uint64_t beginning) const { return (beginning * 0x9e3779b97f4a7c15u) >> mask_shift_; }

  void add(const IndexedToken& token);
  Match probe_short(std::uint64_t text, std::uint32_t length) const {
    for (std::size_t at = hash_of(text, length);; ++at) {
      const ShortSlot& slot = short_[at & (short_.size() - 1)];
      if (slot.text == text && slot.token.length == length) return slot.token;
      if (slot.token.length == 0) return {};
    }
  }
  Match probe_middle(const Words& text, std::uint32_t length) const {
    for (std::size_t at = hash_of(text, length);; ++at) {
      const MiddleSlot& slot = middle_[at & (middle_.size() - 1)];
      if (slot.text == text && slot.token.length == length) return slot.token;
      if (slot.token.length == 0) return {};
    }
  }
  Match longest_other(const Place& place, const Words& words, std::size_t limit) const;
  Match longest_long(const char* at, const Words& words, std::size_t limit) const;

  HangulIndex hangul_;
  std::array<Match, 256> bytes_{};
  std::vector<ShortSlot> short_;
  std::vector<MiddleSlot> middle_;
  int mask_shift_;
  std::vector<std::uint32_t> pairs_;  // by the first two bytes: id + 1 of the token of these, and kThreeFlag
  std::vector<std::uint16_t> few_;    // bit L - 1: a token of L bytes, 4 <= L <= 6, may begin so
  std::vector<std::uint16_t> some_;   // the same for 7 <= L <= 16
  std::vector<LongToken> long_;       // by their beginnings, then the longest first
  std::string long_text_;
};

}  // namespace ktl::tokenizer

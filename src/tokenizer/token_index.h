#pragma once
// Finds the longest token that begins at a place of the text. Immutable, safe from any thread, no allocation.
//
// Tokens of up to 16 bytes lie in a hash table under their bytes, loaded as one or two words; longer ones in a list
// under their first 16 bytes. Which lengths are worth a probe is told by small tables under the first three, four and
// seven bytes, where strangers may share an entry: that costs a probe and never an answer.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/built_tables.h"
#include "tokenizer/hangul_index.h"
#include "tokenizer/indexed_token.h"
#include "tokenizer/slot_table.h"
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
  // For up to `most` tokens of distinct texts, which are not kept: first all are added, then finish(), which takes
  // tables out of `given` if they fit.
  explicit TokenIndex(std::size_t most);
  void add(const IndexedToken& token);
  void finish(BuiltTables& given);
  void write(BuiltTables& tables) const;

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
  static constexpr std::uint32_t kSomeFlag = 1;  // of few_: there are tokens of 7 bytes or more
  // What few_ may hold: another bit would be a length that was not asked for.
  static constexpr std::uint32_t kFewBits = kSomeFlag | 1u << (kFew - 1) | 1u << kFew | 1u << (kFew + 1);
  static constexpr int kThreeBits = 18;

  // A token of up to 16 bytes.
  struct Entry {
    std::uint32_t length() const { return length_and_high & 0x1f; }
    std::uint32_t high() const { return length_and_high >> 5; }  // where in highs_ its other half is, if it has one

    std::uint64_t low;  // as in Words
    TokenId id;
    std::uint32_t length_and_high;
  };
  struct LongToken {
    Words text;  // its beginning
    std::uint32_t begin;
    Match token;
  };

  static std::uint64_t hash_of(std::uint64_t text, std::uint32_t length) {
    const std::uint64_t both = text + std::uint64_t{length} * 0xa0761d6478bd642fu;
    return (both ^ both >> 32) * 0x9e3779b97f4a7c15u;
  }
  static std::uint64_t hash_of(const Words& text, std::uint32_t length) {
    return hash_of(text.low ^ std::rotl(text.high * 0xd6e8feb86659fd93u, 23), length);
  }
  std::size_t mask_at(std::uint64_t beginning) const { return (beginning * 0x9e3779b97f4a7c15u) >> mask_shift_; }

  static std::size_t three_at(std::uint64_t three) { return (three * 0x9e3779b97f4a7c15u) >> (64 - kThreeBits); }

  Match probe_short(std::uint64_t text, std::uint32_t length) const {
    return token_at(slots_.find(hash_of(text, length), [&](std::uint32_t number) {
      return entries_[number].low == text && entries_[number].length() == length;
    }));
  }
  Match probe_middle(const Words& text, std::uint32_t length) const {
    return token_at(slots_.find(hash_of(text, length), [&](std::uint32_t number) {
      const Entry& entry = entries_[number];
      return entry.low == text.low && entry.length() == length && highs_[entry.high()] == text.high;
    }));
  }
  Match token_at(std::uint32_t number) const {
    return number == SlotTable::kNone ? Match{} : Match{entries_[number].id, entries_[number].length()};
  }
  std::uint64_t hash_of(const Entry& entry) const {
    const std::uint32_t length = entry.length();
    return length <= kShort ? hash_of(entry.low, length) : hash_of(Words{entry.low, highs_[entry.high()]}, length);
  }
  bool take(BuiltTables& given);
  void fill();
  void mark(std::uint64_t beginning, std::uint32_t length);
  Match longest_other(const Place& place, const Words& words, std::size_t limit) const;
  Match longest_of_some(const Place& place, const Words& words, std::size_t limit) const;
  Match longest_long(const char* at, const Words& words, std::size_t limit) const;

  HangulIndex hangul_;
  std::array<Match, 256> bytes_{};
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> highs_;
  SlotTable slots_{0};
  int mask_shift_;
  std::vector<std::uint32_t> pairs_;   // by the first two bytes: id + 1 of the token of these
  std::vector<std::uint64_t> threes_;  // a bit: there may be a token of these three bytes
  std::vector<std::uint8_t> few_;      // bit L - 1: a token of L bytes, 4 <= L <= 6, may begin so; kSomeFlag
  std::vector<std::uint16_t> some_;    // the same for 7 <= L <= 16
  std::vector<LongToken> long_;        // by their beginnings, then the longest first
  std::string long_text_;
};

}  // namespace ktl::tokenizer

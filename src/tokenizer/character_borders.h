#pragma once
// Where byte-level text may be cut between two characters of three bytes (Hangul, Han, kana) since no merge ever joins
// what stands on both sides: each part is merged on its own.
//
// A merge across such a border has a left part that ends with the first character, or is its last bytes alone, and a
// right part that begins with the second one, or is its first bytes alone. Few pairs have such merges: Qwen2.5's join
// 671 pairs of Hangul syllables, and some dozens are of parts of characters. A filter of bits tells of nearly all other
// pairs that they have none. So many characters stand alone, and how many tokens they then make is told by a table,
// too.
//
// Made for any bytes, well-formed or not. Immutable, safe from any thread.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tokenizer/bit_filter.h"
#include "tokenizer/built_tables.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/words.h"

namespace ktl::tokenizer {

class CharacterBorders {
 public:
  static constexpr std::size_t kCharacterBytes = 3;

  // How many tokens a text of three or four bytes makes on its own.
  using TokensOf = std::function<std::uint32_t(std::string_view text)>;

  // Takes its tables out of `given` if they fit.
  CharacterBorders(const Vocabulary& vocabulary, const TokensOf& tokens_of, BuiltTables& given);

  // Calls on_part(begin, end, alone) for each part of [at, end). `alone` is how many tokens a part makes that is one
  // character, or a blank and one behind it; of other parts 0, as that is not known. Requires at < end.
  template <class OnPart>
  void cut(const char* at, const char* end, OnPart on_part) const {
    const char* begin = at;
    at += *at == ' ' && end - at > 1 ? 1 : 0;
    Character before = character_at(at, end);
    std::uint32_t alone = !before ? 0 : at == begin ? before.tokens() : before.tokens_behind_blank();
    while ((at += before ? kCharacterBytes : 1) < end) {
      const Character behind = character_at(at, end);
      if (before && behind && !may_join(before, behind)) {
        on_part(begin, at, alone);
        begin = at;
        alone = behind.tokens();
      } else {
        alone = 0;
      }
      before = behind;
    }
    on_part(begin, end, alone);
  }

  // Whether such a character stands at the beginning, or behind a blank there. Requires at < end.
  bool begins_with_character(const char* at, const char* end) const {
    return static_cast<bool>(character_at(at + (*at == ' ' ? 1 : 0), end));
  }

  void write(BuiltTables& tables) const;

 private:
  static constexpr std::size_t kCharacters = std::size_t{1} << 16;  // by the 16 free bits of three bytes
  // What is known of a character. A merge joins it to what stands to its right or left, and the filter tells to what;
  // or a merge of so little of it that the pairs would be too many to tell.
  static constexpr std::uint8_t kJoinsRight = 1;
  static constexpr std::uint8_t kJoinsLeft = 2;
  static constexpr std::uint8_t kJoinsManyRight = 4;
  static constexpr std::uint8_t kJoinsManyLeft = 8;
  static constexpr int kTokensShift = 4;       // two bits: how many tokens it makes on its own, 1 to 3,
  static constexpr int kBehindBlankShift = 6;  // and two: one less than with a blank before it

  // What is known of a character; none if it is not one.
  class Character {
   public:
    Character() = default;
    Character(std::size_t number, std::uint8_t bits) : number_(number), bits_(bits) {}
    explicit operator bool() const { return bits_ != 0; }
    std::uint32_t tokens() const { return bits_ >> kTokensShift & 3u; }
    std::uint32_t tokens_behind_blank() const { return (bits_ >> kBehindBlankShift) + 1u; }
    std::size_t number() const { return number_; }
    std::uint32_t bits() const { return bits_; }

   private:
    std::size_t number_ = 0;
    std::uint8_t bits_ = 0;
  };

  void find_joins(const Vocabulary& vocabulary);
  void find_tokens(const Vocabulary& vocabulary, const TokensOf& tokens_of);
  bool take(BuiltTables& given);
  static bool is_character(std::uint64_t word) { return (word & 0xc0c0f0) == 0x8080e0; }
  static std::size_t number_of(std::uint64_t word) {
    return (word & 0x0f) << 12 | (word >> 2 & 0x0fc0) | (word >> 16 & 0x3f);
  }
  // Not all bits of the first one, so that a merge of its last byte alone is 64 pairs and not 1024.
  static constexpr std::size_t kBeforeMask = 0x0fff;
  static std::uint64_t hash_of(std::size_t before, std::size_t behind) {
    return ((before & kBeforeMask) << 16 | behind) * 0x9e3779b97f4a7c15u;
  }

  Character character_at(const char* at, const char* end) const {
    if (end - at < 3) return {};
    const std::uint64_t word = end - at >= 4 ? Words::number<std::uint32_t>(at) : Words::load_just(at, 3).low;
    if (!is_character(word)) return {};
    return {number_of(word), characters_[number_of(word)]};
  }
  bool may_join(const Character& before, const Character& behind) const {
    const std::uint32_t both = before.bits() & behind.bits() >> 1;
    const bool told = pairs_.may_hold(hash_of(before.number(), behind.number()));
    return ((both & (told ? kJoinsRight : 0u)) | (both & kJoinsManyRight)) != 0;
  }

  std::vector<std::uint8_t> characters_;  // by character
  BitFilter pairs_;                       // of two that a merge may join
};

}  // namespace ktl::tokenizer

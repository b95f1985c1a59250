#pragma once
// Hangul syllables and the conjoining jamo they are made of: the arithmetic of the Unicode Standard, section 3.12.
// A syllable is a leading consonant, a vowel and perhaps a tail: 가 = ᄀ + ᅡ, 각 = ᄀ + ᅡ + ᆨ. Old jamo do not
// combine.
#include <cstdint>

namespace ktl::unicode::hangul {

inline constexpr char32_t kSyllable = 0xAC00;  // the first of each kind
inline constexpr char32_t kLead = 0x1100;
inline constexpr char32_t kVowel = 0x1161;
inline constexpr char32_t kTail = 0x11A7;  // "no tail"; real ones follow
inline constexpr std::uint32_t kLeads = 19;
inline constexpr std::uint32_t kVowels = 21;
inline constexpr std::uint32_t kTails = 28;  // with "no tail"
inline constexpr std::uint32_t kSyllables = kLeads * kVowels * kTails;

constexpr bool is_syllable(char32_t c) {
  return c - kSyllable < kSyllables;
}

constexpr bool has_tail(char32_t syllable) {
  return (syllable - kSyllable) % kTails != 0;
}

constexpr char32_t lead_of(char32_t syllable) {
  return kLead + (syllable - kSyllable) / (kVowels * kTails);
}

constexpr char32_t vowel_of(char32_t syllable) {
  return kVowel + (syllable - kSyllable) / kTails % kVowels;
}

constexpr char32_t tail_of(char32_t syllable) {
  return kTail + (syllable - kSyllable) % kTails;
}

// The syllable of lead and vowel, or of a syllable without tail and a tail; 0 if the two do not combine.
constexpr char32_t compose(char32_t first, char32_t second) {
  if (first - kLead < kLeads && second - kVowel < kVowels) {
    return kSyllable + ((first - kLead) * kVowels + (second - kVowel)) * kTails;
  }
  const bool tail = second - kTail < kTails && second != kTail;
  return tail && is_syllable(first) && !has_tail(first) ? first + (second - kTail) : 0;
}

}  // namespace ktl::unicode::hangul

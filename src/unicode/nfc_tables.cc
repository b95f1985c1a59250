// Asks utf8proc for every code point once, leaving out what came after Unicode 9.
#include "unicode/nfc_tables.h"

#include <utf8proc.h>

#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "unicode/hangul.h"
#include "unicode/later_than_unicode_9.h"

namespace ktl::unicode {
namespace {

template <class Ranges>
bool is_in(const Ranges& ranges, char32_t code_point) {
  const auto after = std::ranges::upper_bound(ranges, code_point, {}, &CodePointRange::first);
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

std::uint64_t key_of(char32_t first, char32_t second) {
  return std::uint64_t{first} << 32 | second;
}

// The code point that `parts` make together; 0 if they stay several.
char32_t composed(std::span<const char32_t> parts) {
  std::array<utf8proc_int32_t, 4> buffer{};
  std::ranges::copy(parts, buffer.begin());
  const auto left = utf8proc_normalize_utf32(buffer.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                             static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  return left == 1 ? static_cast<char32_t>(buffer[0]) : 0;
}

NfcTables::Decomposition decomposition_in_unicode_9(char32_t code_point, const utf8proc_property_t& property) {
  const auto c = static_cast<utf8proc_int32_t>(code_point);
  NfcTables::Decomposition result;
  if (property.combining_class != 0 && !is_in(kLaterMarks, code_point)) {
    result.combining_class = static_cast<std::uint8_t>(property.combining_class);
  }
  const bool canonical = property.decomp_seqindex != UINT16_MAX && property.decomp_type == 0;
  if (!canonical || is_in(kLaterComposites, code_point)) return result;
  std::array<utf8proc_int32_t, 4> parts{};
  int boundary_class = 0;
  const auto size =
      utf8proc_decompose_char(c, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                              static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_STABLE), &boundary_class);
  result.size = static_cast<std::uint8_t>(size);
  std::ranges::copy(parts, result.parts.begin());
  return result;
}

}  // namespace

const NfcTables& NfcTables::get() {
  static const NfcTables tables;
  return tables;
}

NfcTables::NfcTables()
    : entry_slots_(std::make_unique<Slots>()),
      pair_slots_(std::make_unique<Slots>()),
      inner_(std::make_unique<std::bitset<kEnd>>()) {
  for (char32_t c = 0xC0; c < kEnd; ++c) {
    if (!hangul::is_syllable(c)) add(c);
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) put(*entry_slots_, entries_[i].code_point, i);
  for (std::size_t i = 0; i < pairs_.size(); ++i) put(*pair_slots_, pairs_[i].parts, i);
  for (const Pair& pair : pairs_) inner_->set(static_cast<std::uint32_t>(pair.parts));
  for (char32_t vowel = hangul::kVowel; vowel < hangul::kVowel + hangul::kVowels; ++vowel) inner_->set(vowel);
  for (char32_t tail = hangul::kTail + 1; tail < hangul::kTail + hangul::kTails; ++tail) inner_->set(tail);
}

void NfcTables::add(char32_t code_point) {
  const utf8proc_property_t& property = *utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point));
  if (property.combining_class == 0 && property.decomp_seqindex == UINT16_MAX) return;  // nearly all
  const Decomposition found = decomposition_in_unicode_9(code_point, property);
  if (found.combining_class == 0 && found.size == 0) return;
  entries_.push_back({code_point, found});
  const std::span<const char32_t> parts = found.view();
  const bool composes = parts.size() > 1 && composed(parts) == code_point;
  if (composes) pairs_.push_back({key_of(composed(parts.first(parts.size() - 1)), parts.back()), code_point});
  if (found.combining_class != 0 || (!parts.empty() && !composes)) inner_->set(code_point);
}

void NfcTables::put(Slots& slots, std::uint64_t key, std::size_t place) {
  KTL_CHECK(place < slots.size() / 2, "half of the slots stay free");
  std::size_t at = slot_of(key);
  while (slots[at] != 0) at = (at + 1) % slots.size();
  slots[at] = static_cast<std::uint16_t>(place + 1);
}

const NfcTables::Decomposition& NfcTables::decomposition(char32_t code_point) const {
  static constexpr Decomposition kNone;
  const Slots& slots = *entry_slots_;
  for (std::size_t at = slot_of(code_point); slots[at] != 0; at = (at + 1) % slots.size()) {
    const Entry& entry = entries_[slots[at] - 1];
    if (entry.code_point == code_point) return entry.decomposition;
  }
  return kNone;
}

char32_t NfcTables::composition(char32_t first, char32_t second) const {
  const std::uint64_t parts = key_of(first, second);
  const Slots& slots = *pair_slots_;
  for (std::size_t at = slot_of(parts); slots[at] != 0; at = (at + 1) % slots.size()) {
    const Pair& pair = pairs_[slots[at] - 1];
    if (pair.parts == parts) return pair.whole;
  }
  return 0;
}

}  // namespace ktl::unicode

#include "tokenizer/hangul_index.h"

#include <algorithm>
#include <utility>

namespace ktl::tokenizer {

HangulIndex::HangulIndex()
    : alone_(2 * HangulStart::kSyllables),
      masks_(std::size_t{1} << kMaskBits),
      plain_parts_(1 << 16),
      parts_behind_blank_(1 << 16) {}

void HangulIndex::add(const IndexedToken& token, const Words& words) {
  const auto length = static_cast<std::uint32_t>(token.text.size());
  if (length == 2 || length == 3) note_part(token.text);
  const HangulStart start(words.low);
  if (!start.is_hangul() || length < start.stem) return;
  std::uint32_t& alone = alone_[2 * start.syllable + start.stem - 3];
  const std::uint32_t two = start.stem + 3;
  if (length == start.stem) {
    alone |= token.id + 1;
  } else if (length < two) {
    alone |= kMoreFlag;
  } else {
    const std::uint32_t bit = length > kLargest ? kLongFlag : std::uint32_t{1} << (length - kShift);
    masks_[mask_at(words.first(two).low)] |= static_cast<std::uint16_t>(bit);
    if (length <= kLargest) slots_.push_back({words, {token.id, length}});
  }
}

void HangulIndex::finish() {
  flag_stems_with_parts();
  const std::vector<Slot> longer = std::move(slots_);
  slots_.assign(std::bit_ceil(std::max<std::size_t>(2 * longer.size(), 16)), Slot{});
  slot_mask_ = slots_.size() - 1;
  for (const Slot& each : longer) {
    std::size_t at = hash_of(each.text);
    while (slots_[at & slot_mask_].token.length != 0) ++at;
    slots_[at & slot_mask_] = each;
  }
}

void HangulIndex::note_part(std::string_view text) {
  const auto byte = [text](std::size_t i) { return std::size_t{static_cast<unsigned char>(text[i])}; };
  if (text.size() == 2) plain_parts_[byte(0) << 8 | byte(1)] = true;
  if (text[0] == ' ') parts_behind_blank_[text.size() == 2 ? byte(1) : byte(1) << 8 | byte(2)] = true;
}

void HangulIndex::flag_stems_with_parts() {
  for (std::uint32_t syllable = 0; syllable < HangulStart::kSyllables; ++syllable) {
    const std::uint32_t code_point = 0xac00 + syllable;
    const std::uint32_t lead = 0xe0 | code_point >> 12;
    const std::uint32_t both = lead << 8 | 0x80 | (code_point >> 6 & 0x3f);
    if (plain_parts_[both]) alone_[2 * syllable] |= kLessFlag;
    if (parts_behind_blank_[lead] || parts_behind_blank_[both]) alone_[2 * syllable + 1] |= kLessFlag;
  }
  plain_parts_ = {};
  parts_behind_blank_ = {};
}

}  // namespace ktl::tokenizer

#include "tokenizer/hangul_index.h"

#include <algorithm>

namespace ktl::tokenizer {

HangulIndex::HangulIndex(std::span<const IndexedToken> tokens)
    : alone_(2 * HangulStart::kSyllables), masks_(std::size_t{1} << kMaskBits) {
  struct Longer {
    Words words;
    Match token;
  };
  std::vector<Longer> longer;
  for (const IndexedToken& token : tokens) {
    const auto length = static_cast<std::uint32_t>(token.text.size());
    const char* const begin = token.text.data();
    const Words words = Words::load(begin, std::min(length, kLargest), begin + length);
    const HangulStart start(words.low);
    if (!start.is_hangul() || length < start.stem) continue;
    std::uint32_t& alone = alone_[2 * start.syllable + start.stem - 3];
    const std::uint32_t two = start.stem + 3;
    if (length == start.stem) {
      alone |= token.id + 1;
    } else if (length < two) {
      alone |= kMoreFlag;
    } else {
      const std::uint32_t bit = length > kLargest ? kLongFlag : std::uint32_t{1} << (length - kShift);
      masks_[mask_at(words.first(two).low)] |= static_cast<std::uint16_t>(bit);
      if (length <= kLargest) longer.push_back({words, {token.id, length}});
    }
  }
  flag_stems_with_parts(tokens);
  slots_.resize(std::bit_ceil(std::max<std::size_t>(2 * longer.size(), 16)));
  for (const Longer& each : longer) {
    std::size_t at = hash_of(each.words);
    while (slots_[at & (slots_.size() - 1)].token.length != 0) ++at;
    slots_[at & (slots_.size() - 1)] = {each.words, each.token};
  }
}

void HangulIndex::flag_stems_with_parts(std::span<const IndexedToken> tokens) {
  // By the last two bytes of the part, the blank excepted: "\xEA\xB0", " \xEA\xB0", and " \xEA" as its one byte.
  std::vector<bool> plain(1 << 16);
  std::vector<bool> behind_blank(1 << 16);
  for (const IndexedToken& token : tokens) {
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(token.text[i])}; };
    if (token.text.size() == 2 && token.text[0] == ' ') behind_blank[byte(1)] = true;
    if (token.text.size() == 2) plain[byte(0) << 8 | byte(1)] = true;
    if (token.text.size() == 3 && token.text[0] == ' ') behind_blank[byte(1) << 8 | byte(2)] = true;
  }
  for (std::uint32_t syllable = 0; syllable < HangulStart::kSyllables; ++syllable) {
    const std::uint32_t code_point = 0xac00 + syllable;
    const std::uint32_t lead = 0xe0 | code_point >> 12;
    const std::uint32_t both = lead << 8 | 0x80 | (code_point >> 6 & 0x3f);
    if (plain[both]) alone_[2 * syllable] |= kLessFlag;
    if (behind_blank[lead] || behind_blank[both]) alone_[2 * syllable + 1] |= kLessFlag;
  }
}

}  // namespace ktl::tokenizer

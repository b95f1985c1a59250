#include "tokenizer/byte_letters.h"

#include <algorithm>

#include "tokenizer/token_sides.h"

namespace ktl::tokenizer {

ByteLetters::ByteLetters(const std::array<TokenId, kAll>& ids, const Vocabulary& vocabulary)
    : ids_(ids), ranks_(kAll * kAll, kNoMerge), pairs_(kAscii * kRow) {
  const std::vector<Sides> sides = sides_of(vocabulary);
  std::vector<bool> is_letter(vocabulary.tokens.size());
  for (const TokenId id : ids) is_letter[id] = true;
  std::vector<bool> is_used(vocabulary.tokens.size());  // as a part of a merge so far
  for (Rank rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto [left, right, result] = vocabulary.merges[rank];
    is_used[left] = is_used[right] = true;
    if (!is_letter[left] && !is_letter[right]) continue;
    const unsigned char before = sides[left].last;
    const unsigned char behind = sides[right].first;
    const bool are_letters = is_letter[left] && is_letter[right];
    Rank& known = ranks_[kAll * before + behind];
    const bool is_first = are_letters && known == kNoMerge;
    if (is_first) known = rank;
    if (before >= kAscii || behind >= kAscii) continue;
    Pair& pair = pairs_[kRow * before + behind];
    const auto number = static_cast<std::int32_t>(rank);
    if (is_first) {
      pair.rank = number;
      pair.both = is_used[result] ? 0 : static_cast<std::int32_t>(result);
    }
    if (is_letter[left]) pair.to_right = std::min(pair.to_right, number);
    if (is_letter[right]) pair.to_left = std::min(pair.to_left, number);
  }
}

}  // namespace ktl::tokenizer

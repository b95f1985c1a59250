#include "tokenizer/short_merge.h"

#include <algorithm>

namespace ktl::tokenizer {

ByteLetters::ByteLetters(const std::array<TokenId, kAll>& ids, std::span<const Merge> merges)
    : ids_(ids), ranks_(kAll * kAll, kNoMerge) {
  std::vector<std::uint16_t> bytes(std::size_t{*std::ranges::max_element(ids)} + 1, kAll);
  for (std::size_t byte = 0; byte < kAll; ++byte) bytes[ids[byte]] = static_cast<std::uint16_t>(byte);
  for (Rank rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, result] = merges[rank];
    if (left >= bytes.size() || right >= bytes.size() || bytes[left] == kAll || bytes[right] == kAll) continue;
    Rank& first = ranks_[kAll * bytes[left] + bytes[right]];
    first = std::min(first, rank);
  }
}

ShortMerge::ShortMerge(std::string_view text, const ByteLetters& letters, const PairRanks& ranks,
                       std::span<const Merge> merges)
    : size_(static_cast<std::uint32_t>(text.size())) {
  const auto byte = [text](std::uint32_t at) { return static_cast<unsigned char>(text[at]); };
  joins_.fill(kNone);
  for (std::uint32_t at = 0; at < size_; ++at) {
    ids_[at] = letters.id(byte(at));
    next_[at] = static_cast<std::uint8_t>(at + 1);
    previous_[at + 1] = static_cast<std::uint8_t>(at);
    if (at + 1 < size_) joins_[at] = join_of(letters.rank(byte(at), byte(at + 1)), at);
  }
  for (std::int32_t join = lowest(); join != kNone; join = lowest()) {
    const std::uint32_t at = static_cast<std::uint32_t>(join) % kMost;
    const std::uint32_t right = next_[at];
    const std::uint32_t behind = next_[right];
    ids_[at] = merges[static_cast<std::uint32_t>(join) >> kPlaceBits].result;
    next_[at] = static_cast<std::uint8_t>(behind);
    previous_[behind] = static_cast<std::uint8_t>(at);
    joins_[right] = kNone;
    joins_[at] = behind == size_ ? kNone : join_of(ranks.of(ids_[at], ids_[behind]), at);
    if (at != 0) joins_[previous_[at]] = join_of(ranks.of(ids_[previous_[at]], ids_[at]), previous_[at]);
  }
}

}  // namespace ktl::tokenizer

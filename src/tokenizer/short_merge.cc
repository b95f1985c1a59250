#include "tokenizer/short_merge.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "tokenizer/token_sides.h"

namespace ktl::tokenizer {

ByteLetters::ByteLetters(const std::array<TokenId, kAll>& ids, const Vocabulary& vocabulary)
    : ids_(ids), ranks_(kAll * kAll, kNoMerge), pairs_(kAscii * kAscii) {
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
    Pair& pair = pairs_[kAscii * before + behind];
    if (is_first && !is_used[result]) {
      pair.rank = rank;
      pair.both = result;
    }
    if (is_letter[left]) pair.to_right = std::min(pair.to_right, rank);
    if (is_letter[right]) pair.to_left = std::min(pair.to_left, rank);
  }
}

ShortMerge::ShortMerge(std::string_view text, const ByteLetters& letters, const PairRanks& ranks,
                       std::span<const Merge> merges) {
  join_sure(text, letters);
  join_others(ranks, merges);
}

void ShortMerge::join_sure(std::string_view text, const ByteLetters& letters) {
  const std::size_t last = text.size() - 1;
  TokenId tokens[kMost];
  std::uint64_t joined = 0;
  Rank before = kNoMerge;  // the first merge that may take the letter at hand to its left
  ByteLetters::Pair pair = last != 0 ? letters.pair(text[0], text[1]) : ByteLetters::Pair{};
  for (std::size_t at = 0; at <= last; ++at) {
    const ByteLetters::Pair behind = at + 2 <= last ? letters.pair(text[at + 1], text[at + 2]) : ByteLetters::Pair{};
    // What would take the right letter away may be the same merge, which joins the leftmost first.
    const std::uint64_t is_sure = std::uint64_t{pair.rank < before} & std::uint64_t{pair.rank <= behind.to_right};
    const TokenId alone = letters.id(static_cast<unsigned char>(text[at]));
    joined |= is_sure << at;
    tokens[at] = alone ^ ((alone ^ pair.both) & static_cast<TokenId>(0 - is_sure));
    before = pair.to_left;
    pair = behind;
  }
  std::uint64_t begins = ~(joined << 1);
  if (text.size() < kMost) begins &= (std::uint64_t{1} << text.size()) - 1;
  std::uint32_t units = 0;
  for (; begins != 0; begins &= begins - 1, ++units) {
    const auto at = static_cast<std::size_t>(std::countr_zero(begins));
    ids_[units] = tokens[at];
    begins_[units] = static_cast<std::uint8_t>(at);
  }
  begins_[units] = static_cast<std::uint8_t>(text.size());
  units_ = units;
}

namespace {

// The joins that may be done, by their left units; the one of the lowest rank is found, of equals the leftmost.
class Joins {
 public:
  Joins(std::uint32_t units, std::size_t merges)
      : shift_(static_cast<int>(std::bit_width(merges / kNone))) {  // all ranks shifted are below kNone
    std::fill_n(ranks_, units, kNoMerge);
    buckets_[kNone] = 0;
  }
  bool empty() const { return filled_ == kNoneFilled; }
  Rank rank(std::uint32_t unit) const { return ranks_[unit]; }
  std::uint32_t lowest() {
    std::uint64_t units = buckets_[std::countr_zero(filled_)];
    auto lowest = static_cast<std::uint32_t>(std::countr_zero(units));
    for (units &= units - 1; units != 0 && ranks_[lowest] != floor_; units &= units - 1) {
      const auto unit = static_cast<std::uint32_t>(std::countr_zero(units));
      if (ranks_[unit] < ranks_[lowest]) lowest = unit;
    }
    floor_ = ranks_[lowest];
    return lowest;
  }
  void add(std::uint32_t unit, Rank rank) {  // where none is
    ranks_[unit] = rank;
    floor_ = std::min(floor_, rank);
    const std::uint32_t bucket = bucket_of(rank);
    const std::uint64_t others = filled_ >> bucket & 1;
    buckets_[bucket] = (buckets_[bucket] & (0 - others)) | std::uint64_t{1} << unit;
    filled_ |= std::uint64_t{1} << bucket;
  }
  void set(std::uint32_t unit, Rank rank) {
    const std::uint32_t bucket = bucket_of(ranks_[unit]);
    buckets_[bucket] &= ~(std::uint64_t{1} << unit);
    filled_ = (filled_ & ~(std::uint64_t{buckets_[bucket] == 0} << bucket)) | kNoneFilled;
    add(unit, rank);
  }

 private:
  static constexpr int kBucketBits = 6;
  static constexpr std::uint32_t kNone = (1u << kBucketBits) - 1;
  static constexpr std::uint64_t kNoneFilled = std::uint64_t{1} << kNone;
  std::uint32_t bucket_of(Rank rank) const { return std::min(rank >> shift_, kNone); }

  int shift_;
  Rank floor_ = kNoMerge;               // none is lower
  std::uint64_t filled_ = kNoneFilled;  // a bit for each bucket; the last one, of units without a join, always has it
  std::uint64_t buckets_[kNone + 1];    // a bit for each unit; what is not filled was not written yet
  Rank ranks_[ShortMerge::kMost];
};

}  // namespace

void ShortMerge::join_others(const PairRanks& ranks, std::span<const Merge> merges) {
  for (std::uint32_t unit = 0; unit < units_; ++unit) {
    next_[unit] = static_cast<std::uint8_t>(unit + 1);
    previous_[unit + 1] = static_cast<std::uint8_t>(unit);
  }
  Joins joins(units_, merges.size());
  for (std::uint64_t asked = ranks.may_join({ids_, units_}); asked != 0; asked &= asked - 1) {
    const auto unit = static_cast<std::uint32_t>(std::countr_zero(asked));
    joins.add(unit, ranks.of(ids_[unit], ids_[unit + 1]));
  }
  while (!joins.empty()) {
    const std::uint32_t unit = joins.lowest();
    const std::uint32_t right = next_[unit];
    const std::uint32_t behind = next_[right];
    ids_[unit] = merges[joins.rank(unit)].result;
    next_[unit] = static_cast<std::uint8_t>(behind);
    previous_[behind] = static_cast<std::uint8_t>(unit);
    joins.set(right, kNoMerge);
    joins.set(unit, behind != units_ ? ranks.of(ids_[unit], ids_[behind]) : kNoMerge);
    if (unit != 0) joins.set(previous_[unit], ranks.of(ids_[previous_[unit]], ids_[unit]));
  }
}

}  // namespace ktl::tokenizer

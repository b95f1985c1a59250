#include "tokenizer/short_merge.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cstring>

namespace ktl::tokenizer {
namespace {

constexpr std::uint64_t kAllPlaces = ~std::uint64_t{0};

std::uint64_t place(std::uint32_t at) {
  return std::uint64_t{1} << at;
}
std::uint32_t first_of(std::uint64_t places) {
  return static_cast<std::uint32_t>(std::countr_zero(places));
}
std::uint32_t last_of(std::uint64_t places) {
  return 63 - static_cast<std::uint32_t>(std::countl_zero(places));
}

using Four = std::int32_t __attribute__((vector_size(16)));

// A bit for each of the four that is not zero.
std::uint64_t bits_of(Four mask) {
#ifdef __SSE2__
  return static_cast<std::uint64_t>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) bits |= std::uint64_t{mask[i] != 0} << i;
  return bits;
#endif
}

// Of four letters, each with the one behind it.
struct FourPairs {
  Four rank, both, to_right, to_left;

  FourPairs(const char* at, const ByteLetters& letters) {
    const auto pair = [&](int i) {
      Four numbers;
      static_assert(sizeof numbers == sizeof(ByteLetters::Pair));
      std::memcpy(&numbers, &letters.pair(at[i], at[i + 1]), sizeof numbers);
      return numbers;
    };
    const Four low = __builtin_shufflevector(pair(0), pair(1), 0, 4, 1, 5);
    const Four low_behind = __builtin_shufflevector(pair(2), pair(3), 0, 4, 1, 5);
    const Four high = __builtin_shufflevector(pair(0), pair(1), 2, 6, 3, 7);
    const Four high_behind = __builtin_shufflevector(pair(2), pair(3), 2, 6, 3, 7);
    rank = __builtin_shufflevector(low, low_behind, 0, 1, 4, 5);
    both = __builtin_shufflevector(low, low_behind, 2, 3, 6, 7);
    to_right = __builtin_shufflevector(high, high_behind, 0, 1, 4, 5);
    to_left = __builtin_shufflevector(high, high_behind, 2, 3, 6, 7);
  }
};

}  // namespace

// What a look at each letter and the one behind it tells.
struct ShortMerge::Sight {
  std::uint64_t sure = 0;      // where a sure pair begins
  std::uint64_t joinable = 0;  // where a letter is that a merge joins with the one behind it,
  std::int32_t ranks[kMost];   // and the merge's rank
};

// The joins that may be done, by the places of their left tokens; the one of the lowest rank is found, of equals the
// leftmost. They lie in buckets, four for each doubling of the rank.
class ShortMerge::Joins {
 public:
  explicit Joins(std::span<const Merge> merges) : merges_(merges) { std::fill_n(buckets_of_, kMost, kNone); }
  bool empty() const { return filled_ == 0; }
  TokenId result(std::uint32_t at) const { return merges_[ranks_[at]].result; }
  std::uint32_t lowest() {
    std::uint64_t places = buckets_[first_of(filled_)];
    std::uint32_t lowest = first_of(places);
    for (places &= places - 1; places != 0 && ranks_[lowest] != floor_; places &= places - 1) {
      const std::uint32_t at = first_of(places);
      if (ranks_[at] < ranks_[lowest]) lowest = at;
    }
    floor_ = ranks_[lowest];
    return lowest;
  }
  void add(std::uint32_t at, Rank rank) {  // where none is
    __builtin_prefetch(&merges_[rank]);
    ranks_[at] = rank;
    floor_ = std::min(floor_, rank);
    const std::uint32_t bucket = bucket_of(rank);
    buckets_of_[at] = static_cast<std::uint8_t>(bucket);
    buckets_[bucket] |= place(at);
    filled_ |= std::uint64_t{1} << bucket;
  }
  void drop(std::uint32_t at) {  // if there is one
    const std::uint32_t bucket = buckets_of_[at];
    buckets_of_[at] = kNone;
    buckets_[bucket] &= ~place(at);
    filled_ &= ~(std::uint64_t{buckets_[bucket] == 0} << bucket);
  }

 private:
  static constexpr std::uint8_t kNone = 63;  // always empty
  static constexpr std::uint32_t kFirstBits = 6;
  // The sum's bits as a number with a point: exponent, and two more.
  static std::uint32_t bucket_of(Rank rank) {
    constexpr std::uint32_t kFirst = (127 + kFirstBits) << 2;
    const auto sum = static_cast<float>(static_cast<std::int32_t>(rank + (1u << kFirstBits)));
    return (std::bit_cast<std::uint32_t>(sum) >> 21) - kFirst;
  }
  static_assert(kMaxRank < 1u << 21 && (22 - kFirstBits) * 4 <= kNone + 1);

  std::span<const Merge> merges_;
  Rank floor_ = kNoMerge;               // none is lower
  std::uint64_t filled_ = 0;            // a bit for each bucket
  std::uint64_t buckets_[kNone + 1]{};  // their places
  std::uint8_t buckets_of_[kMost];      // by place, kNone if it has no join
  Rank ranks_[kMost];                   // if it has one
};

ShortMerge::ShortMerge(std::string_view text, std::uint64_t walls, const ByteLetters& letters, const PairRanks& ranks,
                       std::span<const Merge> merges)
    : size_(static_cast<std::uint32_t>(text.size())) {
  walls |= 1;
  const std::uint64_t all = kAllPlaces >> (kMost - size_);
  const std::uint64_t ends = walls >> 1 | kAllPlaces << (size_ - 1);
  Sight sight = look(text, letters);
  for (std::uint64_t parted = sight.sure & ends & all; parted != 0; parted &= parted - 1) {
    const std::uint32_t at = first_of(parted);
    ids_[at] = letters.id(static_cast<unsigned char>(text[at]));
  }
  sight.sure &= ~ends;
  begins_ = ~(sight.sure << 1) & all;
  Joins joins(merges);
  find_joins(sight, ends, ranks, joins);
  join(joins, walls, ranks);
}

// As if there were no walls, and zeros behind the end: so a pair across them, or behind the end, may be called sure,
// which the caller takes back, and one beside them may be missed.
ShortMerge::Sight ShortMerge::look(std::string_view text, const ByteLetters& letters) {
  char padded[kMost + 2 * 4] = {};
  std::memcpy(padded, text.data(), text.size());
  Sight sight;
  Four to_left_before = Four{} + ByteLetters::kNever;
  FourPairs pairs(padded, letters);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const FourPairs behind(padded + at + 4, letters);
    const Four to_left = __builtin_shufflevector(to_left_before, pairs.to_left, 3, 4, 5, 6);
    const Four to_right = __builtin_shufflevector(pairs.to_right, behind.to_right, 1, 2, 3, 4);
    // What would take the right letter away may be the same merge, which joins the leftmost first.
    const Four is_sure = (pairs.rank < to_left) & (pairs.rank <= to_right) & (pairs.both != 0);
    const auto id = [&](std::size_t i) {
      return static_cast<std::int32_t>(letters.id(static_cast<unsigned char>(padded[at + i])));
    };
    const Four alone{id(0), id(1), id(2), id(3)};
    const Four ids = (pairs.both & is_sure) | (alone & ~is_sure);
    std::memcpy(ids_ + at, &ids, sizeof ids);
    std::memcpy(sight.ranks + at, &pairs.rank, sizeof pairs.rank);
    sight.sure |= bits_of(is_sure) << at;
    sight.joinable |= bits_of(pairs.rank != ByteLetters::kNever) << at;
    to_left_before = pairs.to_left;
    pairs = behind;
  }
  return sight;
}

// `ends` are the letters behind which there is a wall, or nothing.
void ShortMerge::find_joins(const Sight& sight, std::uint64_t ends, const PairRanks& ranks, Joins& joins) const {
  const std::uint64_t two_letters = begins_ & ~sight.sure & ~(sight.sure >> 1);
  for (std::uint64_t known = two_letters & sight.joinable & ~ends; known != 0; known &= known - 1) {
    const std::uint32_t at = first_of(known);
    joins.add(at, static_cast<Rank>(sight.ranks[at]));
  }
  const auto next = [&](std::uint32_t at) { return at + 1 + static_cast<std::uint32_t>(sight.sure >> at & 1); };
  const std::uint64_t before_ends = (sight.sure & ends >> 1) | (~sight.sure & ends);
  std::uint64_t asked = 0;
  for (std::uint64_t others = begins_ & ~two_letters & ~before_ends; others != 0; others &= others - 1) {
    const std::uint32_t at = first_of(others);
    asked |= std::uint64_t{ranks.may_join(ids_[at], ids_[next(at)])} << at;
  }
  for (; asked != 0; asked &= asked - 1) {
    const std::uint32_t at = first_of(asked);
    if (const Rank rank = ranks.of(ids_[at], ids_[next(at)]); rank != kNoMerge) joins.add(at, rank);
  }
}

void ShortMerge::join(Joins& joins, std::uint64_t walls, const PairRanks& ranks) {
  while (!joins.empty()) {
    const std::uint32_t at = joins.lowest();
    const TokenId result = joins.result(at);
    std::uint64_t behind = begins_ & kAllPlaces << 1 << at;
    const std::uint32_t right = first_of(behind);
    behind &= behind - 1;
    begins_ &= ~place(right);
    ids_[at] = result;
    joins.drop(right);
    joins.drop(at);
    if ((behind & (0 - behind) & ~walls) != 0) {
      if (const Rank rank = ranks.of(result, ids_[first_of(behind)]); rank != kNoMerge) joins.add(at, rank);
    }
    if ((walls & place(at)) == 0) {
      const std::uint32_t before = last_of(begins_ & (place(at) - 1));
      joins.drop(before);
      if (const Rank rank = ranks.of(ids_[before], result); rank != kNoMerge) joins.add(before, rank);
    }
  }
}

}  // namespace ktl::tokenizer

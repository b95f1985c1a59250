#include "tokenizer/token_index.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ktl::tokenizer {
TokenIndex::TokenIndex(std::size_t most)
    : mask_shift_(64 - std::countr_zero(std::bit_ceil(most + 16))), pairs_(1 << 16), threes_((1 << kThreeBits) / 64) {
  entries_.reserve(most);
}

void TokenIndex::add(const IndexedToken& token) {
  const auto length = static_cast<std::uint32_t>(token.text.size());
  const char* const begin = token.text.data();
  const Words words = Words::load(begin, std::min(length, kMiddle), begin + length);
  hangul_.add(token, words);
  const Match match{token.id, length};
  if (length == 3) {
    const std::size_t bit = three_at(words.low);
    threes_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  } else if (length == 2) {
    pairs_[words.low & 0xffff] = token.id + 1;
  }
  if (length == 1) {
    bytes_[static_cast<unsigned char>(*begin)] = match;
  } else if (length <= kMiddle) {
    entries_.push_back({words.low, token.id, static_cast<std::uint32_t>(highs_.size()) << 5 | length});
    if (length > kShort) highs_.push_back(words.high);
  } else {
    long_.push_back({words, static_cast<std::uint32_t>(long_text_.size()), match});
    long_text_.append(token.text);
  }
}

void TokenIndex::finish(BuiltTables& given) {
  hangul_.finish();
  std::sort(long_.begin(), long_.end(), [](const LongToken& a, const LongToken& b) {
    return std::tie(a.text.low, a.text.high, b.token.length) < std::tie(b.text.low, b.text.high, a.token.length);
  });
  if (!take(given)) fill();
}

bool TokenIndex::take(BuiltTables& given) {
  const std::size_t masks = std::size_t{1} << (64 - mask_shift_);
  if (given.few.size() != masks || given.some.size() != masks) return false;
  std::uint32_t bits = 0;
  for (const std::uint8_t few : given.few) bits |= few;
  if ((bits & ~kFewBits) != 0) return false;
  auto slots = SlotTable::filled(entries_.size(), std::move(given.token_slots));
  if (!slots) return false;
  slots_ = *std::move(slots);
  few_ = std::move(given.few);
  some_ = std::move(given.some);
  return true;
}

void TokenIndex::fill() {
  const std::size_t masks = std::size_t{1} << (64 - mask_shift_);
  slots_ = SlotTable(entries_.size());
  few_.assign(masks, 0);
  some_.assign(masks, 0);
  for (std::uint32_t number = 0; number < entries_.size(); ++number) {
    slots_.add(hash_of(entries_[number]), number);
    mark(entries_[number].low, entries_[number].length());
  }
  for (const LongToken& each : long_) mark(each.text.low, each.token.length);
}

void TokenIndex::mark(std::uint64_t beginning, std::uint32_t length) {
  const Words words{beginning, 0};
  if (length >= kSome) {
    const std::uint32_t bit = length > kMiddle ? kLongFlag : std::uint32_t{1} << (length - 1);
    some_[mask_at(words.first(kSome).low)] |= static_cast<std::uint16_t>(bit);
    few_[mask_at(words.first(kFew).low)] |= kSomeFlag;
  } else if (length >= kFew) {
    few_[mask_at(words.first(kFew).low)] |= static_cast<std::uint8_t>(1u << (length - 1));
  }
}

void TokenIndex::write(BuiltTables& tables) const {
  tables.token_slots = slots_.lines();
  tables.few = few_;
  tables.some = some_;
}

Match TokenIndex::longest_other(const Place& place, const Words& words, std::size_t limit) const {
  if (limit >= kFew) {
    std::uint32_t few = few_[mask_at(words.first(kFew).low)];
    if ((few & kSomeFlag) != 0 && limit >= kSome) {
      if (const Match match = longest_of_some(place, words, limit); match.length != 0) return match;
    }
    few &= limit < kSome ? ((std::uint32_t{1} << limit) - 1) & ~kSomeFlag : ~kSomeFlag;
    while (few != 0) {
      const auto length = static_cast<std::uint32_t>(std::bit_width(few));
      if (const Match match = probe_short(words.first(length).low, length); match.length != 0) return match;
      few &= ~(std::uint32_t{1} << (length - 1));
    }
  }
  if (limit >= 3) {
    const std::uint64_t three = words.first(3).low;
    const std::size_t bit = three_at(three);
    if ((threes_[bit / 64] >> (bit % 64) & 1) != 0) {
      if (const Match match = probe_short(three, 3); match.length != 0) return match;
    }
  }
  if (limit >= 2) {
    if (const std::uint32_t two = pairs_[words.low & 0xffff]; two != 0) return {two - 1, 2};
  }
  return limit == 0 ? Match{} : bytes_[words.low & 0xff];
}

Match TokenIndex::longest_of_some(const Place& place, const Words& words, std::size_t limit) const {
  std::uint32_t mask = some_[mask_at(words.first(kSome).low)];
  if ((mask & kLongFlag) != 0 && limit > kMiddle) {
    if (const Match match = longest_long(place.at, words, limit); match.length != 0) return match;
  }
  mask &= limit >= kMiddle ? ~kLongFlag : ((std::uint32_t{1} << limit) - 1) & ~kLongFlag;
  while (mask != 0) {
    const auto length = static_cast<std::uint32_t>(std::bit_width(mask));
    const Match match =
        length <= kShort ? probe_short(words.first(length).low, length) : probe_middle(words.first(length), length);
    if (match.length != 0) return match;
    mask &= ~(std::uint32_t{1} << (length - 1));
  }
  return {};
}

Match TokenIndex::exact(const Place& place) const {
  const auto size = static_cast<std::size_t>(place.end - place.at);
  if (size > kMiddle) {
    const Words words = Words::load(place.at, kMiddle, place.readable_end);
    const Match match = longest_long(place.at, words, size);
    return match.length == size ? match : Match{};
  }
  const Words words = Words::load(place.at, size, place.readable_end);
  const auto length = static_cast<std::uint32_t>(size);
  if (length <= 1) return length == 0 ? Match{} : bytes_[static_cast<unsigned char>(*place.at)];
  return length <= kShort ? probe_short(words.low, length) : probe_middle(words, length);
}

Match TokenIndex::longest_long(const char* at, const Words& words, std::size_t limit) const {
  const auto [first, last] =
      std::equal_range(long_.begin(), long_.end(), LongToken{words, 0, {}}, [](const LongToken& a, const LongToken& b) {
        return std::tie(a.text.low, a.text.high) < std::tie(b.text.low, b.text.high);
      });
  for (auto token = first; token != last; ++token) {
    const std::uint32_t length = token->token.length;
    if (length <= limit && std::memcmp(at, long_text_.data() + token->begin, length) == 0) return token->token;
  }
  return {};
}

std::size_t TokenIndex::bytes() const {
  return hangul_.bytes() + entries_.capacity() * sizeof(Entry) + highs_.capacity() * sizeof(std::uint64_t) +
         slots_.bytes() + pairs_.capacity() * sizeof(std::uint32_t) + threes_.capacity() * sizeof(std::uint64_t) +
         few_.capacity() + some_.capacity() * sizeof(std::uint16_t) + long_.capacity() * sizeof(LongToken) +
         long_text_.capacity();
}

}  // namespace ktl::tokenizer

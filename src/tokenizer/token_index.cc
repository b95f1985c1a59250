#include "tokenizer/token_index.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ktl::tokenizer {
namespace {

std::size_t slots_for(std::size_t tokens) {
  return std::bit_ceil(std::max<std::size_t>(tokens + tokens / 2, 16));
}

}  // namespace

TokenIndex::TokenIndex(std::span<const IndexedToken> tokens)
    : hangul_(tokens), mask_shift_(64 - std::countr_zero(std::bit_ceil(tokens.size() + 16))), pairs_(1 << 16) {
  few_.resize(std::size_t{1} << (64 - mask_shift_));
  some_.resize(few_.size());
  std::size_t short_tokens = 0;
  std::size_t middle_tokens = 0;
  for (const IndexedToken& token : tokens) {
    short_tokens += token.text.size() <= kShort;
    middle_tokens += token.text.size() > kShort && token.text.size() <= kMiddle;
  }
  short_.resize(slots_for(short_tokens));
  middle_.resize(slots_for(middle_tokens));
  for (const IndexedToken& token : tokens) add(token);
  std::sort(long_.begin(), long_.end(), [](const LongToken& a, const LongToken& b) {
    return std::tie(a.text.low, a.text.high, b.token.length) < std::tie(b.text.low, b.text.high, a.token.length);
  });
}

void TokenIndex::add(const IndexedToken& token) {
  const auto length = static_cast<std::uint32_t>(token.text.size());
  const char* const begin = token.text.data();
  const Words words = Words::load(begin, std::min(length, kMiddle), begin + length);
  const Match match{token.id, length};
  if (length >= kSome) {
    const std::uint32_t bit = length > kMiddle ? kLongFlag : std::uint32_t{1} << (length - 1);
    some_[mask_at(words.first(kSome).low)] |= static_cast<std::uint16_t>(bit);
  } else if (length >= kFew) {
    few_[mask_at(words.first(kFew).low)] |= static_cast<std::uint16_t>(1u << (length - 1));
  } else if (length == 3) {
    pairs_[words.low & 0xffff] |= kThreeFlag;
  } else if (length == 2) {
    pairs_[words.low & 0xffff] |= token.id + 1;
  }
  if (length == 1) {
    bytes_[static_cast<unsigned char>(*begin)] = match;
  } else if (length <= kShort) {
    std::size_t at = hash_of(words.low, length);
    while (short_[at & (short_.size() - 1)].token.length != 0) ++at;
    short_[at & (short_.size() - 1)] = {words.low, match};
  } else if (length <= kMiddle) {
    std::size_t at = hash_of(words, length);
    while (middle_[at & (middle_.size() - 1)].token.length != 0) ++at;
    middle_[at & (middle_.size() - 1)] = {words, match};
  } else {
    long_.push_back({words, static_cast<std::uint32_t>(long_text_.size()), match});
    long_text_.append(token.text);
  }
}

Match TokenIndex::longest_other(const Place& place, const Words& words, std::size_t limit) const {
  if (limit >= kSome) {
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
  }
  if (limit >= kFew) {
    std::uint32_t mask = few_[mask_at(words.first(kFew).low)];
    if (limit < kSome) mask &= (std::uint32_t{1} << limit) - 1;
    while (mask != 0) {
      const auto length = static_cast<std::uint32_t>(std::bit_width(mask));
      if (const Match match = probe_short(words.first(length).low, length); match.length != 0) return match;
      mask &= ~(std::uint32_t{1} << (length - 1));
    }
  }
  if (limit >= 2) {
    const std::uint32_t two = pairs_[words.low & 0xffff];
    if ((two & kThreeFlag) != 0 && limit >= 3) {
      if (const Match match = probe_short(words.first(3).low, 3); match.length != 0) return match;
    }
    if ((two & ~kThreeFlag) != 0) return {(two & ~kThreeFlag) - 1, 2};
  }
  return limit == 0 ? Match{} : bytes_[words.low & 0xff];
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
  return hangul_.bytes() + short_.capacity() * sizeof(ShortSlot) + middle_.capacity() * sizeof(MiddleSlot) +
         pairs_.capacity() * sizeof(std::uint32_t) + (few_.capacity() + some_.capacity()) * sizeof(std::uint16_t) +
         long_.capacity() * sizeof(LongToken) + long_text_.capacity();
}

}  // namespace ktl::tokenizer

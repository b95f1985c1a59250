#include "prompt/text_digest.h"

#include <algorithm>

#include "tokenizer/words.h"

namespace ktl::prompt {
namespace {

using Wide = DigestKey::Wide;

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;

// A pair of words. Of texts of one length different ones have different pairs.
using tokenizer::Words;
constexpr std::size_t kPair = 16;

Words pair_at(const char* bytes) {
  return {Words::number<std::uint64_t>(bytes), Words::number<std::uint64_t>(bytes + 8)};
}

// Modulo 2^61 - 1, for values below 2^123.
std::uint64_t reduced(Wide value) {
  std::uint64_t sum = (static_cast<std::uint64_t>(value) & kPrime) + static_cast<std::uint64_t>(value >> 61);
  sum = (sum & kPrime) + (sum >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

// hash * point + word. Requires all three below 2^61.
std::uint64_t step(std::uint64_t hash, std::uint64_t point, std::uint64_t word) {
  return reduced(static_cast<Wide>(hash) * point + word);
}

struct Sums {
  Wide first = 0;
  Wide second = 0;

  void add(const Words& pair, const std::uint64_t* first_key, const std::uint64_t* second_key) {
    first += static_cast<Wide>(pair.low + first_key[0]) * (pair.high + first_key[1]);
    second += static_cast<Wide>(pair.low + second_key[0]) * (pair.high + second_key[1]);
  }
};

}  // namespace

DigestKey::DigestKey(Rng& rng) {
  for (Half& half : halves_) {
    for (std::uint64_t& word : half.block_key) word = rng.next();
    const std::uint64_t point = rng.below(kPrime - 1) + 1;
    half.powers[0] = point;
    half.powers[1] = step(point, point, 0);
    half.powers[2] = step(half.powers[1], point, 0);
  }
}

// Three steps at once, for a 128-bit value in thirds, so that each is below the prime.
std::uint64_t DigestKey::Half::taken(std::uint64_t hash, Wide value) const {
  constexpr std::uint64_t kThird = (std::uint64_t{1} << 43) - 1;
  const Wide first = static_cast<std::uint64_t>(value) & kThird;
  const Wide second = static_cast<std::uint64_t>(value >> 43) & kThird;
  return reduced(hash * Wide{powers[2]} + first * powers[1] + second * powers[0] + (value >> 86));
}

Digest DigestKey::digest(std::string_view head, std::string_view text) const {
  constexpr std::size_t kBlock = kBlockWords * sizeof(std::uint64_t);
  const Half& first = halves_[0];
  const Half& second = halves_[1];
  Digest hash;
  Sums sums;
  std::size_t used = 0;  // bytes of the block, in pairs
  const auto end_block = [&] {
    hash.high = first.taken(hash.high, sums.first);
    hash.low = second.taken(hash.low, sums.second);
    sums = {};
    used = 0;
  };
  for (const std::string_view part : {head, text}) {
    for (std::size_t begin = 0; begin < part.size(); begin += kBlock) {
      const std::size_t bytes = std::min(kBlock, part.size() - begin);
      if (used + bytes > kBlock) end_block();
      const char* const block = part.data() + begin;
      const std::uint64_t* const first_key = first.block_key.data() + used / 8;
      const std::uint64_t* const second_key = second.block_key.data() + used / 8;
      std::size_t at = 0;
      for (; at + kPair <= bytes; at += kPair) sums.add(pair_at(block + at), first_key + at / 8, second_key + at / 8);
      if (at < bytes) {
        // What is read twice does no harm.
        const Words rest = part.size() < kPair ? Words::load_just(block, bytes) : pair_at(block + bytes - kPair);
        sums.add(rest, first_key + at / 8, second_key + at / 8);
        at += kPair;
      }
      used += at;
    }
  }
  if (used != 0) end_block();
  const std::uint64_t length = (std::uint64_t{head.size()} << 32 ^ text.size()) & kPrime;
  return {step(hash.high, first.powers[0], length), step(hash.low, second.powers[0], length)};
}

Digest DigestKey::extend(const Digest& before, std::uint64_t sort, const Digest& part) const {
  const auto& [first, second] = halves_;
  const auto mixed = [&](std::uint64_t hash, std::uint64_t point, std::uint64_t value) {
    return step(step(step(hash & kPrime, point, sort), point, value), point, 1);
  };
  return {mixed(before.high, first.powers[0], part.high), mixed(before.low, second.powers[0], part.low)};
}

}  // namespace ktl::prompt

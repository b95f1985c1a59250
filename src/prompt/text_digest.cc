#include "prompt/text_digest.h"

#include <algorithm>
#include <cstring>

namespace ktl::prompt {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// hash * point + word, modulo 2^61 - 1. Requires all three below 2^61; the result is below it too.
std::uint64_t step(std::uint64_t hash, std::uint64_t point, std::uint64_t word) {
  const Wide product = static_cast<Wide>(hash) * point + word;
  std::uint64_t sum = (static_cast<std::uint64_t>(product) & kPrime) + static_cast<std::uint64_t>(product >> 61);
  sum = (sum & kPrime) + (sum >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

// A 128-bit value in three steps, so that each is below the prime.
std::uint64_t steps(std::uint64_t hash, std::uint64_t point, Wide value) {
  constexpr std::uint64_t kThird = (std::uint64_t{1} << 43) - 1;
  hash = step(hash, point, static_cast<std::uint64_t>(value) & kThird);
  hash = step(hash, point, static_cast<std::uint64_t>(value >> 43) & kThird);
  return step(hash, point, static_cast<std::uint64_t>(value >> 86));
}

struct Sums {
  Wide first = 0;
  Wide second = 0;
};

void add_pair(Sums& sums, const char* bytes, const std::uint64_t* first_key, const std::uint64_t* second_key) {
  const std::uint64_t even = word_at(bytes);
  const std::uint64_t odd = word_at(bytes + 8);
  sums.first += static_cast<Wide>(even + first_key[0]) * (odd + first_key[1]);
  sums.second += static_cast<Wide>(even + second_key[0]) * (odd + second_key[1]);
}

}  // namespace

DigestKey::DigestKey(Rng& rng) {
  for (Half& half : halves_) {
    for (std::uint64_t& word : half.block_key) word = rng.next();
    half.point = rng.below(kPrime - 1) + 1;
  }
}

Digest DigestKey::digest(std::string_view text) const {
  constexpr std::size_t kBlock = kBlockWords * sizeof(std::uint64_t);
  const auto& [first, second] = halves_;
  const std::size_t size = text.size();
  Digest hash;
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    const char* block = text.data() + begin;
    const std::size_t bytes = std::min(kBlock, size - begin);
    Sums sums;
    std::size_t at = 0;
    for (; at + 16 <= bytes; at += 16)
      add_pair(sums, block + at, first.block_key.data() + at / 8, second.block_key.data() + at / 8);
    if (at < bytes) {  // the rest, filled with zeros; the length tells texts apart that differ in them
      std::array<char, 16> rest{};
      std::memcpy(rest.data(), block + at, bytes - at);
      add_pair(sums, rest.data(), first.block_key.data() + at / 8, second.block_key.data() + at / 8);
    }
    hash.high = steps(hash.high, first.point, sums.first);
    hash.low = steps(hash.low, second.point, sums.second);
  }
  const std::uint64_t length = size & kPrime;
  return {step(hash.high, first.point, length), step(hash.low, second.point, length)};
}

Digest DigestKey::extend(const Digest& before, std::uint64_t sort, const Digest& part) const {
  const auto& [first, second] = halves_;
  const auto mixed = [&](std::uint64_t hash, std::uint64_t point, std::uint64_t value) {
    return step(step(step(hash & kPrime, point, sort), point, value), point, 1);
  };
  return {mixed(before.high, first.point, part.high), mixed(before.low, second.point, part.low)};
}

}  // namespace ktl::prompt

#include "tokenizer/composition.h"

#include <cstring>

namespace ktl::tokenizer {

namespace {

using Byte = unsigned char;

// UTF-8 of U+AC00..U+D7AF runs from EA B0 80 to ED 9E AF.
constexpr Byte kFirstLead = 0xEA;
constexpr Byte kLastLead = 0xED;
constexpr Byte kFirstSecond = 0xB0;  // after EA
constexpr Byte kLastSecond = 0x9E;   // after ED
constexpr Byte kEndThird = 0xB0;     // after ED 9E
constexpr Byte kEndContinuation = 0xC0;

// 16 bytes at a time, in the compilers' portable vector type: a comparison gives 0xFF where it holds.
constexpr std::size_t kLanes = 16;
using Vector = Byte __attribute__((vector_size(kLanes)));
using Mask = signed char __attribute__((vector_size(kLanes)));
using Words = std::uint64_t __attribute__((vector_size(kLanes)));

Vector load(const char* at) {
  Vector bytes;
  std::memcpy(&bytes, at, kLanes);
  return bytes;
}

// Comparing signed bytes is one instruction, unsigned ones several. Seen as signed, the bytes from 0x80 on keep their
// order below all others; with the high bit flipped, all bytes keep theirs.
constexpr signed char as_signed(Byte byte) {
  return static_cast<signed char>(byte);
}
constexpr signed char ordered(Byte byte) {
  return static_cast<signed char>(byte ^ 0x80);
}
Mask as_signed(Vector bytes) {
  Mask result;
  std::memcpy(&result, &bytes, kLanes);
  return result;
}
Mask ordered(Vector bytes) {
  return as_signed(bytes + 0x80);
}

// 1 where the mask holds.
Vector ones(Mask mask) {
  Vector bytes;
  std::memcpy(&bytes, &mask, kLanes);
  return Vector{} - bytes;
}

// Neighbours are added into pairs, then a multiplication gathers the pairs in the highest one.
std::int64_t sum(Vector counters) {
  constexpr std::uint64_t kPairs = 0x00FF00FF00FF00FFu;
  Words words;
  std::memcpy(&words, &counters, kLanes);
  const Words pairs = (words & kPairs) + ((words >> 8) & kPairs);
  return static_cast<std::int64_t>(((pairs[0] + pairs[1]) * 0x0001000100010001u) >> 48);
}

// Counters of one byte a lane: at most 255 blocks fit in.
struct LaneCounts {
  Vector hangul{};
  Vector letters{};
  Vector digits{};
  Vector blanks{};
  Vector continuations{};

  // Counts the code points that begin in the 16 bytes at `at`; looks at the two bytes behind them, too.
  void add_block(const char* at) {
    const Vector bytes = load(at);
    const Mask lead = as_signed(bytes);
    const Mask second = ordered(load(at + 1));
    const Mask third = ordered(load(at + 2));
    // A lead EB or EC is a syllable for sure; EA and ED are near the ends of the range, so the next bytes decide.
    const Mask from_first_to_last = ordered(bytes - kFirstLead) < ordered(kLastLead - kFirstLead + 1);
    const Mask before = (lead == as_signed(kFirstLead)) & (second < ordered(kFirstSecond));
    const Mask within =
        (second < ordered(kLastSecond)) | ((second == ordered(kLastSecond)) & (third < ordered(kEndThird)));
    const Mask behind = (lead == as_signed(kLastLead)) & ~within;
    hangul += ones(from_first_to_last & ~before & ~behind);
    letters += ones(ordered((bytes | 0x20) - 'a') < ordered(26));
    digits += ones(ordered(bytes - '0') < ordered(10));
    blanks += ones((lead == as_signed(' ')) | (ordered(bytes - '\t') < ordered('\r' - '\t' + 1)));
    continuations += ones(lead < as_signed(kEndContinuation));
  }
};

}  // namespace

Composition composition(std::string_view text) {
  constexpr std::size_t kBehind = 2;
  Composition result;
  std::int64_t points = static_cast<std::int64_t>(text.size());  // less the continuation bytes
  const auto take = [&](const LaneCounts& counts) {
    result.hangul += sum(counts.hangul);
    result.ascii_letters += sum(counts.letters);
    result.digits += sum(counts.digits);
    result.blanks += sum(counts.blanks);
    points -= sum(counts.continuations);
  };
  const char* at = text.data();
  std::size_t left = text.size();
  LaneCounts counts;
  for (int blocks = 0; left >= kLanes + kBehind; at += kLanes, left -= kLanes) {
    counts.add_block(at);
    if (++blocks == 255 - 2) {  // the two last ones come below
      take(counts);
      counts = {};
      blocks = 0;
    }
  }
  if (left != 0) {  // what is left, with zeros behind it, which count as nothing
    char rest[2 * kLanes + kBehind] = {};
    std::memcpy(rest, at, left);
    counts.add_block(rest);
    if (left > kLanes) counts.add_block(rest + kLanes);
  }
  take(counts);
  result.other = points - result.code_points();
  return result;
}

}  // namespace ktl::tokenizer

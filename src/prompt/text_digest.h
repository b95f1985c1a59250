#pragma once
// A 128-bit digest of a text under a secret key, to stand for the text in the message cache.
//
// How it works: the text is cut into blocks of 1 KiB; each block goes through NH (Black, Halevi, Krawczyk, Krovetz,
// Rogaway: UMAC, CRYPTO '99) twice under independent keys, and the blocks' values through two polynomial hashes modulo
// 2^61 - 1 at independent secret points, with the length last.
// How good: for two different texts of up to n blocks, chosen without knowledge of the key, the digests are equal with
// probability at most ((3n + 1) / (2^61 - 2) + 2^-64)^2: below 2^-116 up to 1 KiB, below 2^-98 up to 1 MiB. The bound
// is that of digest(), and holds for two heads and texts as well; extend() goes on with the same points.
//
// Immutable and thread-safe after construction. Several GB/s.
#include <array>
#include <cstdint>
#include <string_view>

#include "base/rng.h"

namespace ktl::prompt {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const Digest&, const Digest&) = default;
};

class DigestKey {
 public:
  __extension__ using Wide = unsigned __int128;

  explicit DigestKey(Rng& rng);
  Digest digest(std::string_view text) const { return digest({}, text); }
  // Of a text with another one before it, without putting them together; not what they would have together.
  Digest digest(std::string_view head, std::string_view text) const;

  // A digest of digests: of a text that is known by the digests of its parts and their sorts.
  Digest extend(const Digest& before, std::uint64_t sort, const Digest& part) const;

 private:
  static constexpr std::size_t kBlockWords = 128;

  struct Half {
    std::array<std::uint64_t, kBlockWords> block_key;
    std::array<std::uint64_t, 3> powers;  // of the point: itself, its square, its cube

    std::uint64_t taken(std::uint64_t hash, Wide value) const;
  };
  std::array<Half, 2> halves_;
};

}  // namespace ktl::prompt

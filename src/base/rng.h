#pragma once
// Randomness that can be repeated: xoshiro256** (Blackman, Vigna 2018), seeded through splitmix64.
// Not for secrets: API keys come from the operating system (identity/api_key.h).
#include <array>
#include <cstdint>

namespace ktl {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  static Rng from_system();  // seeded from the kernel; call once per thread, in wiring

  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); bound > 0
  double unit();                             // uniform in [0, 1)

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace ktl

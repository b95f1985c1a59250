#include "series/tiers.h"

namespace ktl::series {

Millis choose_step(WallTime from, WallTime to, WallTime now, std::int64_t most) {
  const auto fits = [&](const Tier& tier) {
    return (to - from) / tier.step <= most && now - from <= tier.keeps + tier.step;
  };
  if (fits(kSeconds)) return kSeconds.step;
  for (const Tier& tier : kTiers)
    if (fits(tier)) return tier.step;
  return kTiers.back().step;
}

}  // namespace ktl::series

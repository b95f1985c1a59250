#include "base/clock.h"

namespace ktl {

WallTime SystemClock::wall() const { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

MonoTime SystemClock::mono() const { return std::chrono::steady_clock::now(); }

}  // namespace ktl

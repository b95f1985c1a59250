#pragma once
// Time, as the program sees it. Pure modules take `now` as a parameter; only edges hold a Clock.
//   WallTime   milliseconds since the Unix epoch: quota windows, ledger, log. May jump when an operator sets the clock.
//   MonoTime   nanoseconds of the steady clock: latencies, deadlines. Never goes back.
#include <chrono>

namespace ktl {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using MonoTime = std::chrono::steady_clock::time_point;
using Millis = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonoTime mono() const = 0;
};

// The machine's clocks. Stateless and safe from any thread.
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

}  // namespace ktl

#pragma once
// All virtual users of a target share one key, so they share what it is told: after a refusal nobody asks until the
// time that it names is over; then they try one by one, and all go on freely once kTrials in a row were admitted. (Each
// user for itself would collect refusals by the dozen, and a gateway bans keys for that.) Pure: `now` is passed in.
#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace ktl::app::bench {

class RetryGate {
 public:
  static constexpr int kTrials = 8;
  enum class Pass : std::uint8_t { no, yes, probe };

  // May a user ask now? A user that got `probe` reports refused(), probe_admitted() or probe_lost().
  Pass enter(MonoTime now) {
    if (!closed_) return Pass::yes;
    if (probing_ || now < until_) return Pass::no;
    probing_ = true;
    return Pass::probe;
  }
  // A refusal that asks to wait.
  void refused(MonoTime now, Millis wait) {
    until_ = closed_ && !probing_ ? std::max(until_, now + wait) : now + wait;
    closed_ = true;
    probing_ = false;
    admitted_ = 0;
  }
  void probe_admitted() {
    probing_ = false;
    closed_ = ++admitted_ < kTrials;
  }
  void probe_lost() { probing_ = false; }  // it got no answer: another one tries

 private:
  bool closed_ = false;
  bool probing_ = false;
  int admitted_ = 0;  // probes in a row
  MonoTime until_{};
};

}  // namespace ktl::app::bench

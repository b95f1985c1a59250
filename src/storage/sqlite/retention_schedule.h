#pragma once
// When the keeper looks for old books: every hour, and in small steps while there is more to do, but never by a wall
// clock that has just jumped. A clock set wrong must not make today's charges old, so a jump (against the steady
// clock) is believed only once both have gone along with each other for ten minutes.
//
// Pure: both clocks are read by the caller. One thread.
#include "base/clock.h"

namespace ktl::storage {

class RetentionSchedule {
 public:
  RetentionSchedule(WallTime wall, MonoTime mono) : believed_wall_(wall), believed_mono_(mono) {}

  // True: look now, then say so by looked(). To be asked often: each reading that shows a jump begins the waiting anew.
  bool due(WallTime wall, MonoTime mono);
  // `more`: there was more to do than was done.
  void looked(bool more, MonoTime mono);

  static constexpr auto kBelieveAfter = std::chrono::minutes(10);
  static constexpr auto kDriftBelieved = std::chrono::minutes(1);
  static constexpr Millis kEvery = std::chrono::hours(1);
  static constexpr Millis kPause{100};

 private:
  // A pair of readings that the later ones are held against.
  WallTime believed_wall_;
  MonoTime believed_mono_;
  MonoTime next_ = believed_mono_ + kBelieveAfter;
};

}  // namespace ktl::storage

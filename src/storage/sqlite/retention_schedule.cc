#include "storage/sqlite/retention_schedule.h"

namespace ktl::storage {

bool RetentionSchedule::due(WallTime wall, MonoTime mono) {
  const auto drift = std::chrono::abs((wall - believed_wall_) - (mono - believed_mono_));
  if (drift <= kDriftBelieved) return mono >= next_;
  believed_wall_ = wall;
  believed_mono_ = mono;
  next_ = mono + kBelieveAfter;
  return false;
}

void RetentionSchedule::looked(bool more, MonoTime mono) {
  next_ = mono + (more ? kPause : kEvery);
}

}  // namespace ktl::storage

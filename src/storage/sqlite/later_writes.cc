#include "storage/sqlite/later_writes.h"

#include <utility>

namespace ktl::storage {

void LaterWrites::post(Write write) {
  const std::lock_guard lock(mutex_);
  writes_.push_back(std::move(write));
}

Result<void> LaterWrites::flush(SqliteFile& file) {
  Result<void> outcome;
  for (;;) {
    Write write;
    {
      const std::lock_guard lock(mutex_);
      if (writes_.empty()) return outcome;
      write = std::move(writes_.front());
      writes_.pop_front();
    }
    auto written = write(file);
    if (written) continue;
    const bool may_pass = written.error().retry == Retry::yes;
    outcome = std::move(written);
    if (!may_pass) continue;
    const std::lock_guard lock(mutex_);
    writes_.push_front(std::move(write));
    return outcome;
  }
}

}  // namespace ktl::storage

#pragma once
// Reads the GPUs every now and then on a thread of its own, because a driver may take its time.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "gpu/source.h"

namespace ktl::gpu {

class Watcher {
 public:
  struct Options {
    Millis interval{2'000};
    Millis interval_without{30'000};  // where there is no driver
  };

  Watcher(std::unique_ptr<Source> source, Options options);
  ~Watcher();  // waits for a reading in progress
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Any thread. nullptr: the first reading is not done yet.
  std::shared_ptr<const Reading> newest() const { return std::atomic_load(&newest_); }

 private:
  void run();

  std::unique_ptr<Source> source_;
  const Options options_;
  std::shared_ptr<const Reading> newest_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: starts when all of the above exists
};

}  // namespace ktl::gpu

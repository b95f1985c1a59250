#include "storage/journal/worker.h"

#include "base/named_thread.h"

namespace ktl::storage {

Worker::Worker(std::string name, std::function<Millis()> step)
    : step_(std::move(step)), thread_(named_thread(std::move(name), [this] { run(); })) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Worker::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    woken_ = false;
    lock.unlock();
    const Millis wait = step_();
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return woken_ || ending_; });
  }
}

}  // namespace ktl::storage

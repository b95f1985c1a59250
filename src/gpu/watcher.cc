#include "gpu/watcher.h"

#include "base/named_thread.h"

namespace ktl::gpu {

Watcher::Watcher(std::unique_ptr<Source> source, Options options)
    : source_(std::move(source)), options_(options), thread_(named_thread("gpu", [this] { run(); })) {}

Watcher::~Watcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Watcher::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    auto reading = std::make_shared<const Reading>(source_->read());
    const bool nothing = reading->state == State::no_driver;
    std::atomic_store(&newest_, std::move(reading));
    lock.lock();
    wake_.wait_for(lock, nothing ? options_.interval_without : options_.interval, [this] { return stopping_; });
  }
}

}  // namespace ktl::gpu

#include "net/offload.h"

#include <utility>

#include "base/named_thread.h"

namespace ktl::net {

Offload::Offload(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(named_thread("offload", [this] { serve(); }));
}

Offload::~Offload() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Offload::queue(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Offload::serve() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.work();
    job.loop->post([waiter = job.waiter] { waiter.resume(); });
  }
}

}  // namespace ktl::net

#pragma once
// A thread that does one step again and again, each step saying how long to wait before the next.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"

namespace ktl::storage {

class Worker {
 public:
  Worker(std::string name, std::function<Millis()> step);  // name: of the thread, at most 15 bytes
  ~Worker();  // ends after the step that runs now

  void wake();  // the next step begins at once; from any thread

 private:
  void run();

  std::function<Millis()> step_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ktl::storage

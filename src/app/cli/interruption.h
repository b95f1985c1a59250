#pragma once
// SIGINT and SIGTERM as a flag, for commands that run until they are told to stop.
#include <atomic>
#include <csignal>

namespace ktl::app {

// While one lives, the first of these signals sets interrupted(); a second one ends the process. At most one at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const std::atomic<bool>& interrupted() const;

 private:
  struct sigaction before_[2]{};
};

}  // namespace ktl::app

#include "app/cli/interruption.h"

namespace ktl::app {
namespace {

// A signal handler reaches nothing but this.
std::atomic<bool> signaled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

Interruption::Interruption() {
  signaled = false;
  struct sigaction action {};
  action.sa_handler = [](int) { signaled = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_[0]);
  sigaction(SIGTERM, &action, &before_[1]);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before_[0], nullptr);
  sigaction(SIGTERM, &before_[1], nullptr);
}

const std::atomic<bool>& Interruption::interrupted() const {
  return signaled;
}

}  // namespace ktl::app

#pragma once
// How often keys may be tried at the login: a few wrong ones a minute from one address, and a few dozen altogether.
// Right ones cost nothing, and do not give the wrong ones back.
//
// Pure: `now` is a parameter. Belongs to one loop. Memory: one count for each address of the last minute, bounded.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace ktl::dashboard {

struct LoginLimits {
  std::int64_t by_address = 10;
  std::int64_t together = 60;
  Millis window{std::chrono::minutes(1)};
};

class LoginGuard {
 public:
  explicit LoginGuard(LoginLimits limits = {}) : limits_(limits) {}

  // May a key be tried from there now? Otherwise: how long to wait.
  std::optional<Millis> wait(std::string_view address, MonoTime now);
  void failed(std::string_view address, MonoTime now);

 private:
  void begin_window_if_due(MonoTime now);

  LoginLimits limits_;
  MonoTime window_began_{};
  std::int64_t together_ = 0;
  std::unordered_map<std::string, std::int64_t> by_address_;  // not more entries than `together` allows failures
};

// What counts as one address: IPv6 hosts own a whole /64.
std::string network_of(std::string_view ip);

}  // namespace ktl::dashboard

#include "dashboard/login_guard.h"

#include <algorithm>

namespace ktl::dashboard {

std::string network_of(std::string_view ip) {
  if (ip.find(':') == std::string_view::npos || ip.find('.') != std::string_view::npos) return std::string(ip);
  // The first four of eight groups; "::" stands for as many zeros as are missing.
  std::string network;
  int groups = 0;
  for (std::size_t at = 0; at < ip.size() && groups < 4; ++groups) {
    const std::size_t end = std::min(ip.find(':', at), ip.size());
    if (end == at && at > 0) break;  // the "::"
    network.append(ip.substr(at, end - at)).push_back(':');
    at = end + 1;
  }
  return network;
}

void LoginGuard::begin_window_if_due(MonoTime now) {
  if (now - window_began_ < limits_.window) return;
  window_began_ = now;
  together_ = 0;
  by_address_.clear();
}

std::optional<Millis> LoginGuard::wait(std::string_view address, MonoTime now) {
  begin_window_if_due(now);
  const auto known = by_address_.find(network_of(address));
  const bool here = known != by_address_.end() && known->second >= limits_.by_address;
  if (!here && together_ < limits_.together) return std::nullopt;
  return std::chrono::ceil<Millis>(window_began_ + limits_.window - now);
}

void LoginGuard::failed(std::string_view address, MonoTime now) {
  begin_window_if_due(now);
  ++together_;
  ++by_address_[network_of(address)];
}

}  // namespace ktl::dashboard

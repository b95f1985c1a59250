#include "monitor/traffic_window.h"

namespace ktl::monitor {

void TrafficWindow::add(MonoTime at, Tally tally) {
  tallies_.push_back({at, std::move(tally)});
  while (tallies_.size() > 2 && at - tallies_[1].at >= kHorizon) tallies_.pop_front();
}

Gain TrafficWindow::last() const {
  return since(tallies_[tallies_.size() < 2 ? 0 : tallies_.size() - 2]);
}

Gain TrafficWindow::minute() const {
  return since(tallies_.front());
}

Gain TrafficWindow::since(const Entry& entry) const {
  const Entry& now = tallies_.back();
  return {gained(now.tally, entry.tally), std::chrono::duration<double>(now.at - entry.at).count()};
}

}  // namespace ktl::monitor

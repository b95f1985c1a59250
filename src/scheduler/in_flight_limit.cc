#include "scheduler/in_flight_limit.h"

#include "base/check.h"

namespace ktl::scheduler {

InFlightLimit::InFlightLimit(InFlightOptions options) : options_(options) {
  KTL_CHECK(options.limit > 0, "somebody may run");
  KTL_CHECK(options.queue_limit >= 0, "a queue is not shorter than empty");
}

InFlightLimit::Entry InFlightLimit::enter(Ticket ticket) {
  KTL_CHECK(ticket != Ticket::none && !places_.contains(ticket), "a ticket enters once");
  if (running_ < options_.limit) {  // then nobody waits
    places_.emplace(ticket, queue_.end());
    ++running_;
    return Entry::running;
  }
  if (waiting() >= options_.queue_limit) return Entry::queue_full;
  places_.emplace(ticket, queue_.insert(queue_.end(), ticket));
  return Entry::waiting;
}

std::vector<Ticket> InFlightLimit::leave(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end()) return {};
  const auto place = found->second;
  places_.erase(found);
  if (place != queue_.end()) {
    queue_.erase(place);
    return {};
  }
  --running_;
  return start_waiting();
}

std::vector<Ticket> InFlightLimit::set_limit(std::int64_t limit) {
  KTL_CHECK(limit > 0, "somebody may run");
  options_.limit = limit;
  return start_waiting();
}

std::vector<Ticket> InFlightLimit::start_waiting() {
  std::vector<Ticket> started;
  while (running_ < options_.limit && !queue_.empty()) {
    started.push_back(queue_.front());
    places_[queue_.front()] = queue_.end();
    queue_.pop_front();
    ++running_;
  }
  return started;
}

}  // namespace ktl::scheduler

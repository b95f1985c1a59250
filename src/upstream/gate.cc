#include "upstream/gate.h"

namespace ktl::upstream {

using scheduler::InFlightLimit;
using scheduler::Ticket;

void Permit::give_back() {
  if (gate_ != nullptr) std::exchange(gate_, nullptr)->leave(ticket_);
}

Permit Gate::try_enter() {
  const std::lock_guard lock(mutex_);
  if (limit_.running() >= limit_.limit()) return {};
  const Ticket ticket{++next_ticket_};
  const InFlightLimit::Entry entry = limit_.enter(ticket);
  KTL_CHECK(entry == InFlightLimit::Entry::running, "a free place is given at once");
  return Permit(*this, ticket);
}

bool Gate::Wait::await_ready() {
  if (outcome_ == Outcome::canceled) return true;
  const std::lock_guard lock(gate_.mutex_);
  ticket_ = Ticket{++gate_.next_ticket_};
  switch (gate_.limit_.enter(ticket_)) {
    case InFlightLimit::Entry::running: outcome_ = Outcome::entered; return true;
    case InFlightLimit::Entry::queue_full: outcome_ = Outcome::queue_full; return true;
    case InFlightLimit::Entry::waiting: break;
  }
  gate_.waits_.emplace(static_cast<std::uint64_t>(ticket_), this);
  return false;
}

// Another loop may have granted the place since await_ready(); its message comes through this loop's queue, so it
// cannot arrive before this function returns.
bool Gate::Wait::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  if (timeout_.count() > 0) loop_.arm(deadline_, loop_.now() + timeout_, [this] { abandon(Outcome::timeout); });
  return true;
}

void Gate::Wait::cancel() {
  if (ticket_ == Ticket::none) {
    outcome_ = Outcome::canceled;
  } else {
    abandon(Outcome::canceled);
  }
}

void Gate::Wait::abandon(Outcome outcome) {
  {
    const std::lock_guard lock(gate_.mutex_);
    // Not there any more: the place is granted and the message is on its way; the wait ends with it.
    if (gate_.waits_.erase(static_cast<std::uint64_t>(ticket_)) == 0) return;
    gate_.wake(gate_.limit_.leave(ticket_));
  }
  finish(outcome);
}

void Gate::Wait::finish(Outcome outcome) {
  loop_.disarm(deadline_);
  outcome_ = outcome;
  std::exchange(waiter_, nullptr).resume();
}

void Gate::wake(const std::vector<Ticket>& tickets) {
  for (const Ticket ticket : tickets) {
    const auto found = waits_.find(static_cast<std::uint64_t>(ticket));
    KTL_CHECK(found != waits_.end(), "a waiting ticket has a waiting coroutine");
    Wait* wait = found->second;
    waits_.erase(found);
    wait->loop_.post([wait] { wait->finish(Outcome::entered); });
  }
}

void Gate::leave(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  wake(limit_.leave(ticket));
}

void Gate::set_limit(std::int64_t limit) {
  const std::lock_guard lock(mutex_);
  wake(limit_.set_limit(limit));
}

std::int64_t Gate::running() const {
  const std::lock_guard lock(mutex_);
  return limit_.running();
}

std::int64_t Gate::waiting() const {
  const std::lock_guard lock(mutex_);
  return limit_.waiting();
}

std::int64_t Gate::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_.limit();
}

}  // namespace ktl::upstream

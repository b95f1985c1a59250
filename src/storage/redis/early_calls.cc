#include "storage/redis/early_calls.h"

#include <utility>
#include <vector>

#include "storage/redis/fail_later.h"

namespace ktl::storage::redis {

EarlyCalls::EarlyCalls(net::EventLoop& loop, const ClientOptions& options, std::string server)
    : loop_(loop),
      max_calls_(options.max_waiting_calls),
      max_bytes_(options.max_waiting_bytes),
      server_(std::move(server)) {}

void EarlyCalls::add(Call call) {
  if (calls_.size() >= max_calls_ || bytes_ + call.command.size() > max_bytes_) {
    return fail_later(loop_, std::move(call.done),
                      {ErrorCode::unavailable, ErrorSource::storage, Retry::yes,
                       server_ + ": too many commands wait for the first connection"});
  }
  bytes_ += call.command.size();
  calls_.push_back(std::move(call));
  if (calls_.size() == 1) loop_.arm(timer_, calls_.front().deadline, [this] { expire(); });
}

std::deque<EarlyCalls::Call> EarlyCalls::end() {
  ended_ = true;
  bytes_ = 0;
  loop_.disarm(timer_);
  return std::exchange(calls_, {});
}

void EarlyCalls::expire() {
  std::vector<Done> expired;
  while (!calls_.empty() && calls_.front().deadline <= loop_.now()) {
    bytes_ -= calls_.front().command.size();
    expired.push_back(std::move(calls_.front().done));
    calls_.pop_front();
  }
  if (!calls_.empty()) loop_.arm(timer_, calls_.front().deadline, [this] { expire(); });
  for (const Done& done : expired)
    done(fail(ErrorCode::timeout, ErrorSource::storage, server_ + ": not connected in time", Retry::yes));
}

}  // namespace ktl::storage::redis

#include "gateway/refusal_log.h"

namespace ktl::gateway {

void RefusalLog::note(Refusal refusal) {
  const std::size_t sort = refusal.limit ? static_cast<std::size_t>(*refusal.limit) : quota::kLimitKinds;
  const std::lock_guard lock(mutex_);
  ++counts_[sort];
  kept_.push_front(std::move(refusal));
  if (kept_.size() > kKept) kept_.pop_back();
}

std::vector<Refusal> RefusalLog::latest() const {
  const std::lock_guard lock(mutex_);
  return {kept_.begin(), kept_.end()};
}

RefusalLog::Counts RefusalLog::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace ktl::gateway

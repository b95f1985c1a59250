#include "prompt/overhead_learner.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ktl::prompt {
namespace {

// Requires values.
double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::int64_t Overhead::of(std::int64_t messages) const {
  return std::max<std::int64_t>(0, std::llround(base + per_message * static_cast<double>(messages)));
}

void OverheadLearner::observe(std::int64_t messages, std::int64_t content_tokens, std::int64_t engine_prompt_tokens) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t seen = seen_.load(std::memory_order_relaxed);
  kept_[static_cast<std::size_t>(seen) % kKept] = {static_cast<double>(messages),
                                                   static_cast<double>(engine_prompt_tokens - content_tokens)};
  seen_.store(seen + 1, std::memory_order_relaxed);
  // Quick at first, then now and then.
  if (seen < 16 || seen % 16 == 0) fit();
}

void OverheadLearner::fit() {
  const std::size_t size = std::min(static_cast<std::size_t>(seen_.load(std::memory_order_relaxed)), kKept);
  std::vector<double> slopes;
  slopes.reserve(size * (size - 1) / 2);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i + 1; j < size; ++j) {
      const double apart = kept_[j].messages - kept_[i].messages;
      if (apart != 0) slopes.push_back((kept_[j].overhead - kept_[i].overhead) / apart);
    }
  }
  // Prompts of one length say nothing about the slope.
  const double slope = slopes.empty() ? per_message_.load(std::memory_order_relaxed) : std::max(0.0, median(slopes));
  std::vector<double> rests;
  rests.reserve(size);
  for (std::size_t i = 0; i < size; ++i) rests.push_back(kept_[i].overhead - slope * kept_[i].messages);
  base_.store(median(rests), std::memory_order_relaxed);
  per_message_.store(slope, std::memory_order_relaxed);
}

}  // namespace ktl::prompt

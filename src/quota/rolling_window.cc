#include "quota/rolling_window.h"

#include <algorithm>
#include <utility>

namespace ktl::quota {

namespace {
constexpr std::size_t kFirstSize = 4;
constexpr std::size_t kKeptWhenEmpty = 8;
}  // namespace

std::size_t RollingWindow::position_of(std::int64_t index) const {
  if (count_ == 0) return 0;
  const std::int64_t behind = slice(count_ - 1).index - index;
  if (behind < 0) return count_;
  // Were every slice in use, it would stand exactly here; where some are missing it stands further back.
  std::size_t low = behind < count_ ? count_ - 1 - static_cast<std::size_t>(behind) : 0;
  if (slice(low).index >= index) return low;
  std::size_t high = count_ - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (slice(middle).index < index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void RollingWindow::grow() {
  std::vector<Slice> bigger(std::max(kFirstSize, ring_.size() * 2));
  for (std::size_t i = 0; i < count_; ++i) bigger[i] = slice(i);
  ring_ = std::move(bigger);
  head_ = 0;
}

void RollingWindow::insert(std::size_t position, const Slice& fresh) {
  if (count_ == ring_.size()) grow();
  ++count_;
  for (std::size_t i = count_ - 1; i > position; --i) slice(i) = slice(i - 1);
  slice(position) = fresh;
  requests_ += fresh.requests;
  tokens_ += fresh.tokens;
}

void RollingWindow::add(const Tick& at, std::int64_t requests, std::int64_t tokens) {
  const std::size_t position = position_of(at.slice);
  if (position < count_ && slice(position).index == at.slice) {
    Slice& there = slice(position);
    there.requests += requests;
    there.tokens += tokens;
    requests_ += requests;
    tokens_ += tokens;
    return;
  }
  insert(position, {at.slice, requests, tokens});
  if (position == 0) leaves_at_ = leaves_at(at.slice, at.length);
}

void RollingWindow::correct(const Tick& at, std::int64_t requests, std::int64_t tokens, const Tick& now,
                            std::int64_t limit) {
  const std::size_t position = position_of(at.slice);
  if (position == count_ || slice(position).index != at.slice) return;
  const std::int64_t excess = tokens > 0 ? std::clamp(tokens_ + tokens - limit, std::int64_t{0}, tokens) : 0;
  Slice& there = slice(position);
  there.requests += requests;
  there.tokens += tokens - excess;
  requests_ += requests;
  tokens_ += tokens - excess;
  debt_ += excess;
  if (debt_ > 0) repay(now, limit);
}

void RollingWindow::repay(const Tick& now, std::int64_t limit) {
  const std::int64_t paid = std::min(debt_, limit - tokens_);
  if (paid <= 0) return;
  debt_ -= paid;
  add(now, 0, paid);
}

void RollingWindow::pop_front(std::int64_t length, std::int64_t limit) {
  const Slice gone = slice(0);
  head_ = static_cast<std::uint32_t>((head_ + 1) & (ring_.size() - 1));
  --count_;
  requests_ -= gone.requests;
  tokens_ -= gone.tokens;
  leaves_at_ = count_ > 0 ? leaves_at(slice(0).index, length) : kNeverComes;
  // It left in the last millisecond of the slice that lies kSlices later: debt is paid there, however late we notice.
  if (debt_ > 0) repay({leaves_at(gone.index, length), gone.index + kSlices, length, 0}, limit);
}

// While debt fills the whole window, each round of it pays one limit and looks like the round before.
void RollingWindow::skip_rounds(const Tick& now, std::int64_t limit) {
  if (tokens_ != limit || limit <= 0) return;
  const std::int64_t rounds = std::min(debt_ / limit, (now.now - leaves_at_) / (kSlices * now.length));
  if (rounds <= 0) return;
  debt_ -= rounds * limit;
  for (std::size_t i = 0; i < count_; ++i) {
    slice(i).index += rounds * kSlices;
    slice(i).requests = 0;
  }
  requests_ = 0;
  leaves_at_ = leaves_at(slice(0).index, now.length);
}

void RollingWindow::catch_up(const Tick& now, std::int64_t limit) {
  while (leaves_at_ <= now.now) {
    if (debt_ > 0) skip_rounds(now, limit);
    if (leaves_at_ <= now.now) pop_front(now.length, limit);
  }
  if (debt_ > 0) repay(now, limit);
  if (count_ == 0 && ring_.size() > kKeptWhenEmpty) {
    ring_ = {};
    head_ = 0;
  }
}

std::int64_t RollingWindow::requests_fit_at(std::int64_t limit, std::int64_t ask, const Tick& now) const {
  std::int64_t over = requests_ + ask - limit;
  for (std::size_t i = 0; i < count_; ++i) {
    over -= slice(i).requests;
    if (over <= 0) return leaves_at(slice(i).index, now.length);
  }
  return now.now;
}

std::int64_t RollingWindow::tokens_fit_at(std::int64_t limit, std::int64_t ask, const Tick& now) const {
  std::int64_t over = tokens_ + debt_ + ask - limit;
  for (std::size_t i = 0; i < count_; ++i) {
    over -= slice(i).tokens;
    if (over <= 0) return leaves_at(slice(i).index, now.length);
  }
  // What is alive now does not leave enough room: the debt needs more than this window. Live through it on a copy.
  RollingWindow later = *this;
  std::int64_t instant = now.now;
  while (later.tokens() + ask > limit && later.count_ > 0) {
    const std::int64_t rounds = later.tokens_ == limit && limit > 0 ? (later.debt_ + ask - 1) / limit - 1 : 0;
    if (rounds > 0) {
      const std::int64_t whole = kSlices * now.length;
      later.skip_rounds({later.leaves_at_ + rounds * whole, 0, now.length, 0}, limit);
    }
    instant = later.leaves_at_;
    later.pop_front(now.length, limit);
  }
  return instant;
}

std::int64_t RollingWindow::requests_clear_at(const Tick& now) const {
  for (std::size_t i = count_; i > 0; --i)
    if (slice(i - 1).requests > 0) return leaves_at(slice(i - 1).index, now.length);
  return now.now;
}

std::int64_t RollingWindow::tokens_clear_at(std::int64_t limit, const Tick& now) const {
  if (debt_ > 0) return limit > 0 ? tokens_fit_at(limit, limit, now) : now.now + kSlices * now.length;
  for (std::size_t i = count_; i > 0; --i)
    if (slice(i - 1).tokens > 0) return leaves_at(slice(i - 1).index, now.length);
  return now.now;
}

}  // namespace ktl::quota

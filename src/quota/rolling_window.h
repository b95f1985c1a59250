#pragma once
// One rolling window of one scope: requests and tokens of the last kSlices slices, kept sparsely, summed as they come.
//
// A slice is counted from its first millisecond until its last one is a whole window old. So at most kSlices + 1 slices
// are alive, everything in (now - W, now] is in them, and the grid costs at most one slice of the limit.
//
// Debt is what settling put above the token limit. It is counted in tokens(), but belongs to no slice: whenever tokens
// leave the window, the room they leave goes to the debt first, as if it had been spent at that instant. So over any k
// windows no more than k limits are spent, however much one charge overran.
//
// Before any other call advance() must have seen the present instant. `limit` is always the token limit, or kNoLimit.
#include <cstdint>
#include <vector>

#include "quota/instant.h"

namespace ktl::quota {

class RollingWindow {
 public:
  void advance(const Tick& now, std::int64_t limit) {
    if (now.now >= leaves_at_ || debt_ > 0) [[unlikely]]
      catch_up(now, limit);
  }

  std::int64_t requests() const { return requests_; }
  std::int64_t tokens() const { return tokens_ + debt_; }
  bool empty() const { return count_ == 0 && debt_ == 0; }

  // Counts a charge in the slice of `at`, which may lie before the present; if it has left by now, the next advance()
  // drops it.
  void add(const Tick& at, std::int64_t requests, std::int64_t tokens);

  // Changes what was counted at `at` by the differences; nothing happens if that slice has left the window.
  void correct(const Tick& at, std::int64_t requests, std::int64_t tokens, const Tick& now, std::int64_t limit);

  // The first instant at which `ask` fits under the limit if nothing else comes. Requires ask <= limit and that it does
  // not fit now.
  std::int64_t requests_fit_at(std::int64_t limit, std::int64_t ask, const Tick& now) const;
  std::int64_t tokens_fit_at(std::int64_t limit, std::int64_t ask, const Tick& now) const;

  // The first instant at which nothing that is counted now counts any more; now.now if nothing is. Debt
  // under a limit of 0 is never paid: a whole window is told.
  std::int64_t requests_clear_at(const Tick& now) const;
  std::int64_t tokens_clear_at(std::int64_t limit, const Tick& now) const;

 private:
  struct Slice {
    std::int64_t index;
    std::int64_t requests;
    std::int64_t tokens;
  };

  Slice& slice(std::size_t position) { return ring_[(head_ + position) & (ring_.size() - 1)]; }
  const Slice& slice(std::size_t position) const { return ring_[(head_ + position) & (ring_.size() - 1)]; }
  static std::int64_t leaves_at(std::int64_t index, std::int64_t length) { return (index + kSlices + 1) * length - 1; }

  std::size_t position_of(std::int64_t index) const;  // of the first slice that is not before `index`
  void insert(std::size_t position, const Slice& fresh);
  void grow();
  void catch_up(const Tick& now, std::int64_t limit);
  void pop_front(std::int64_t length, std::int64_t limit);
  void skip_rounds(const Tick& now, std::int64_t limit);
  void repay(const Tick& now, std::int64_t limit);

  std::int64_t leaves_at_ = kNeverComes;  // when the oldest slice leaves
  std::int64_t requests_ = 0;
  std::int64_t tokens_ = 0;  // in slices
  std::int64_t debt_ = 0;    // in none
  std::uint32_t head_ = 0;
  std::uint32_t count_ = 0;
  std::vector<Slice> ring_;  // size a power of two; `count_` slices in order of index, from `head_`
};

}  // namespace ktl::quota

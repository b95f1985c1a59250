#pragma once
// The calendar day of one scope: requests and tokens since local midnight. Midnight opens the whole limit again.
//
// Debt (what settling put above the token limit) is carried over midnight and taken from the next days' limits until it
// is paid. The interface is that of RollingWindow, with the day as the only slice.
#include <algorithm>
#include <cstdint>

#include "quota/instant.h"

namespace ktl::quota {

class CalendarDay {
 public:
  void advance(const Tick& now, std::int64_t limit) {
    if (now.slice != day_ || debt_ > 0) [[unlikely]]
      catch_up(now, limit);
  }

  std::int64_t requests() const { return requests_; }
  std::int64_t tokens() const { return tokens_ + debt_; }
  bool empty() const { return requests_ == 0 && tokens_ == 0 && debt_ == 0; }

  void add(const Tick& at, std::int64_t requests, std::int64_t tokens) {
    if (at.slice != day_) return;
    requests_ += requests;
    tokens_ += tokens;
  }

  void correct(const Tick& at, std::int64_t requests, std::int64_t tokens, const Tick& /*now*/, std::int64_t limit) {
    if (at.slice != day_) return;
    const std::int64_t excess = tokens > 0 ? std::clamp(tokens_ + tokens - limit, std::int64_t{0}, tokens) : 0;
    requests_ += requests;
    tokens_ += tokens - excess;
    debt_ += excess;
    repay(limit);
  }

  std::int64_t requests_fit_at(std::int64_t /*limit*/, std::int64_t /*ask*/, const Tick& now) const {
    return midnight(now, 1);
  }
  std::int64_t tokens_fit_at(std::int64_t limit, std::int64_t ask, const Tick& now) const {
    return midnight(now, limit > 0 ? 1 + rounded_up(debt_ + ask - limit, limit) : 1);
  }
  std::int64_t requests_clear_at(const Tick& now) const { return requests_ > 0 ? midnight(now, 1) : now.now; }
  std::int64_t tokens_clear_at(std::int64_t limit, const Tick& now) const {
    return tokens() > 0 ? midnight(now, limit > 0 ? 1 + rounded_up(debt_, limit) : 1) : now.now;
  }

 private:
  static std::int64_t midnight(const Tick& now, std::int64_t days) {
    return (now.slice + days) * now.length - now.origin;
  }
  static std::int64_t rounded_up(std::int64_t amount, std::int64_t unit) {
    return amount <= 0 ? 0 : (amount - 1) / unit + 1;
  }

  void repay(std::int64_t limit) {
    const std::int64_t paid = std::clamp(limit - tokens_, std::int64_t{0}, debt_);
    tokens_ += paid;
    debt_ -= paid;
  }

  void catch_up(const Tick& now, std::int64_t limit) {
    if (now.slice != day_) {
      // Between the last day seen and this one.
      const std::int64_t whole_days = std::max(std::int64_t{0}, now.slice - day_ - 1);
      if (limit > 0) debt_ -= whole_days > debt_ / limit ? debt_ : whole_days * limit;
      day_ = now.slice;
      requests_ = 0;
      tokens_ = 0;
    }
    repay(limit);
  }

  std::int64_t day_ = 0;
  std::int64_t requests_ = 0;
  std::int64_t tokens_ = 0;  // without debt
  std::int64_t debt_ = 0;
};

}  // namespace ktl::quota

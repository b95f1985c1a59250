#include "storage/redis/lease.h"

#include <algorithm>
#include <cmath>

namespace ktl::storage::redis {

namespace {

constexpr double kMemory = 5.0;     // seconds
constexpr double kGenerous = 1.25;  // more than the average, so that a lease lasts

}  // namespace

double Demand::remaining(MonoTime now) const {
  const double seconds = std::chrono::duration<double>(now - last_).count();
  return seconds <= 0 ? 1 : std::exp(-seconds / kMemory);
}

void Demand::asked(std::int64_t tokens, MonoTime now) {
  const double kept = remaining(now);
  requests_ = requests_ * kept + 1;
  tokens_ = tokens_ * kept + static_cast<double>(tokens);
  last_ = std::max(last_, now);
}

double Demand::requests_per_second(MonoTime now) const {
  return requests_ * remaining(now) / kMemory;
}

std::optional<LeaseAmount> amount_to_lease(const LeasePolicy& policy, const Demand& demand,
                                           std::span<const LimitedScope> scopes, std::span<const Told> told,
                                           std::int64_t lessees, MonoTime now) {
  const double seconds = std::chrono::duration<double>(policy.length).count();
  const double expected = demand.requests_per_second(now) * seconds * kGenerous;
  const double mean = std::max(1.0, demand.tokens_per_request());
  LeaseAmount amount{static_cast<std::int64_t>(std::ceil(expected)),
                     static_cast<std::int64_t>(std::ceil(expected * mean * kGenerous)), 0};
  std::optional<std::int64_t> places;
  const std::int64_t shares = std::max<std::int64_t>(1, lessees) * policy.part;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
      const std::int64_t limit = scopes[i].limits.amount[kind];
      if (limit < 0) continue;
      const std::int64_t most = std::max<std::int64_t>(0, limit - told[i].used[kind]) / shares;
      switch (quota::dimension_of(static_cast<quota::LimitKind>(kind))) {
        case quota::Dimension::requests:
          amount.requests = std::min(amount.requests, most);
          break;
        case quota::Dimension::tokens:
          amount.tokens = std::min(amount.tokens, most);
          break;
        case quota::Dimension::in_flight:
          places = std::min(places.value_or(most), most);
          break;
      }
    }
  }
  // As many requests as there are tokens for, and no more places than requests.
  amount.requests = std::min(amount.requests, static_cast<std::int64_t>(static_cast<double>(amount.tokens) / mean));
  if (places) amount.places = std::min(*places, amount.requests);
  if (amount.requests < policy.least_requests || (places && amount.places < 1)) return std::nullopt;
  return amount;
}

Lease::Lease(const LeaseAmount& amount, const Admitted& granted, MonoTime sent)
    : whole_(amount),
      left_(amount),
      granted_at_(granted.at),
      sent_(sent),
      // The server granted it not before it was sent: so at this instant its clock shows at most counted_until.
      last_(sent + (granted.counted_until - granted.at)) {}

bool Lease::take(std::int64_t tokens, MonoTime now) {
  if (over(now) || tokens > left_.tokens || (whole_.places > 0 && running_.requests >= whole_.places)) return false;
  --left_.requests;
  left_.tokens -= tokens;
  ++running_.requests;
  running_.tokens += tokens;
  return true;
}

void Lease::ended(std::int64_t tokens, const Used& used) {
  --running_.requests;
  running_.tokens -= tokens;
  left_.tokens += tokens - used.tokens.total();
  if (used.requests == 0) ++left_.requests;
}

WallTime Lease::at(MonoTime now) const {
  const MonoTime then = std::clamp(now, sent_, last_);
  return granted_at_ + std::chrono::floor<Millis>(then - sent_);
}

bool Lease::over(MonoTime now) const {
  return closed_ || left_.requests == 0 || left_.tokens <= 0 || now > last_;
}

bool Lease::low(MonoTime now) const {
  return over(now) || left_.requests * 3 <= whole_.requests || left_.tokens * 3 <= whole_.tokens ||
         (last_ - now) * 3 <= last_ - sent_;
}

LeaseAmount Lease::running() const {
  return {running_.requests, running_.tokens, std::min(running_.requests, whole_.places)};
}

}  // namespace ktl::storage::redis

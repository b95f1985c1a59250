#include "quota/bans.h"

#include <algorithm>

namespace ktl::quota {

namespace {
bool over(const Ban& ban, WallTime now) {
  return ban.until && *ban.until <= now;
}
}  // namespace

bool BanList::violation(ScopeId scope, WallTime now) {
  now = seen(now);
  if (options_.threshold <= 0) return false;
  if (const auto standing = bans_.find(scope); standing != bans_.end() && !over(standing->second, now)) return false;

  auto& instants = violations_[scope];
  instants.push_back(now);
  while (instants.size() > 1 && instants.front() + options_.window <= now) instants.pop_front();
  const bool enough = static_cast<std::int64_t>(instants.size()) >= options_.threshold;
  if (enough) {
    violations_.erase(scope);
    bans_[scope] = {scope, now + options_.duration, false,
                    std::to_string(options_.threshold) + " violations within " +
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(options_.window).count()) +
                        " s"};
  }
  if (violations_.size() + bans_.size() >= next_sweep_) forget_old(now);
  return enough;
}

void BanList::forget_old(WallTime now) {
  std::erase_if(violations_, [&](const auto& entry) { return entry.second.back() + options_.window <= now; });
  std::erase_if(bans_, [&](const auto& entry) { return over(entry.second, now); });
  next_sweep_ = 64 + 2 * (violations_.size() + bans_.size());
}

std::optional<Banned> BanList::check(ScopeId scope, WallTime now) {
  const WallTime present = seen(now);
  if (bans_.empty()) return std::nullopt;
  const auto found = bans_.find(scope);
  if (found == bans_.end()) return std::nullopt;
  if (over(found->second, present)) {
    bans_.erase(found);
    return std::nullopt;
  }
  Banned banned{found->second, std::nullopt};
  if (banned.ban.until) banned.retry_after = *banned.ban.until - now;
  return banned;
}

void BanList::ban(ScopeId scope, std::optional<WallTime> until, std::string reason) {
  bans_[scope] = {scope, until, true, std::move(reason)};
  violations_.erase(scope);
}

bool BanList::unban(ScopeId scope, WallTime now) {
  const bool stood = check(scope, now).has_value();
  bans_.erase(scope);
  violations_.erase(scope);
  return stood;
}

std::vector<Ban> BanList::list(WallTime now) {
  forget_old(seen(now));
  std::vector<Ban> standing;
  standing.reserve(bans_.size());
  for (const auto& [scope, ban] : bans_) standing.push_back(ban);
  std::sort(standing.begin(), standing.end(), [](const Ban& a, const Ban& b) { return a.scope < b.scope; });
  return standing;
}

}  // namespace ktl::quota

#include "dashboard/sessions.h"

#include <algorithm>
#include <cstring>

namespace ktl::dashboard {

// A digest is as good as random already.
std::size_t Sessions::Hash::operator()(const identity::KeyDigest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

bool Sessions::over(const Entry& entry, MonoTime now) const {
  return now - entry.used >= options_.idle || now - entry.opened >= options_.longest;
}

void Sessions::make_room(MonoTime now) {
  std::erase_if(sessions_, [&](const auto& entry) { return over(entry.second, now); });
  if (sessions_.size() < options_.most) return;
  const auto stalest = std::min_element(sessions_.begin(), sessions_.end(),
                                        [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
  sessions_.erase(stalest);
}

void Sessions::open(std::string_view name, admin::Session session, MonoTime now) {
  make_room(now);
  sessions_[identity::digest_of(name)] = {std::move(session), now, now};
}

std::optional<admin::Session> Sessions::find(std::string_view name, MonoTime now) {
  const auto found = sessions_.find(identity::digest_of(name));
  if (found == sessions_.end()) return std::nullopt;
  if (over(found->second, now)) {
    sessions_.erase(found);
    return std::nullopt;
  }
  found->second.used = now;
  return found->second.session;
}

void Sessions::close(std::string_view name) {
  sessions_.erase(identity::digest_of(name));
}

}  // namespace ktl::dashboard

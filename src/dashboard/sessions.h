#pragma once
// Who has logged in to the dashboard. A session is a random name in the browser's cookie; here stands only its digest,
// and which admin key opened it: a key that is taken out of the configuration takes its sessions with it (the caller
// looks the key up at each request). Sessions are in memory and end with the process.
//
// Pure: `now` is a parameter, names come from the caller. Belongs to one loop.
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "admin/access.h"
#include "base/clock.h"

namespace ktl::dashboard {

struct SessionOptions {
  Millis idle{std::chrono::hours(24)};          // since its last request
  Millis longest{std::chrono::hours(24 * 30)};  // since it was opened
  std::size_t most = 1000;                      // the one that was idle longest goes first
};

class Sessions {
 public:
  explicit Sessions(SessionOptions options = {}) : options_(options) {}

  void open(std::string_view name, admin::Session session, MonoTime now);
  // The session of that name, if it stands; that counts as use.
  std::optional<admin::Session> find(std::string_view name, MonoTime now);
  void close(std::string_view name);
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Entry {
    admin::Session session;
    MonoTime opened;
    MonoTime used;
  };
  struct Hash {
    std::size_t operator()(const identity::KeyDigest& digest) const;
  };
  bool over(const Entry& entry, MonoTime now) const;
  void make_room(MonoTime now);

  SessionOptions options_;
  std::unordered_map<identity::KeyDigest, Entry, Hash> sessions_;  // by the digest of the name
};

}  // namespace ktl::dashboard

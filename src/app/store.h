#pragma once
// The configured store behind one face: the ports of ledger, and the numbers of scopes.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/config.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "ledger/usage_book.h"
#include "quota/bans.h"
#include "quota/shared_limits.h"
#include "storage/memory/memory_identity.h"
#include "storage/memory/memory_store.h"
#include "storage/redis/redis_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace ktl::app {

class Store {
 public:
  // Errors: conflict (another gateway has the file or the folder), io, invalid (the file is not ours, or of a newer
  // program), unavailable (Redis does not answer).
  static Result<std::unique_ptr<Store>> open(const config::Storage& options, const config::RateLimiting& day);

  ledger::Journal& journal();
  // What was used before this start; null if the store is asked whenever that is wanted (limits are shared).
  ledger::Books* books();
  Result<ScopeId> scope(ScopeKind kind, std::string_view name);

  // Whom admins and the command line made and changed.
  storage::IdentityStore& identity();
  Result<storage::People> people() { return identity().people(); }

  Result<std::vector<quota::Ban>> bans(WallTime now);
  // In the background; called on the path of a request.
  void write_ban(const quota::Ban& ban, bool lifted);

  // What was used by time, and by whom most.
  ledger::UsageBook& usage() { return redis_ ? redis_->usage() : *usage_; }

  std::string_view kind() const;
  // What the start found left over from a crash, for the log; empty if nothing.
  std::string recovery_report() const;

  // --- limits that several gateways share; not called otherwise
  bool is_shared() const { return redis_ != nullptr; }
  Result<std::unique_ptr<quota::SharedLimits>> limits_for(net::EventLoop& loop) { return redis_->limits_for(loop); }
  void set_limits(ScopeId scope, const quota::Limits& limits);
  struct Watcher {
    std::function<void(quota::Ban ban, bool lifted)> ban;  // made or lifted by any gateway
    std::function<void()> identity;                        // users or keys changed
    std::function<void(bool reachable, std::string why)> reach;
    std::function<void(std::string why)> stuck;  // usage is not added up; empty: it is again
  };
  // On a thread of the store's, which must not wait for the store.
  void watch(Watcher watcher);
  void stop_watching();

 private:
  std::unique_ptr<storage::SqliteStore> sqlite_;
  std::unique_ptr<storage::MemoryIdentity> memory_identity_;
  std::unique_ptr<ledger::UsageBook> usage_;  // of the file or of memory
  std::unique_ptr<storage::MemoryStore> memory_;
  std::unique_ptr<storage::redis::RedisStore> redis_;
  std::mutex scopes_mutex_;
  std::map<std::pair<ScopeKind, std::string>, ScopeId> known_scopes_;  // each costs a journey
};

}  // namespace ktl::app

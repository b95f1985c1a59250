#pragma once
// The configured store behind one face: the ports of ledger, and the numbers of scopes.
#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "quota/bans.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace ktl::app {

class Store {
 public:
  // Error: conflict (another gateway has the file), io, invalid (the file is not ours, or of a newer program).
  static Result<std::unique_ptr<Store>> open(const config::Storage& options, Millis day_offset);

  ledger::Journal& journal();
  ledger::Books& books();
  Result<ScopeId> scope(ScopeKind kind, std::string_view name);

  // Users and keys made on the command line; empty for a store that has none.
  Result<std::vector<storage::UserRow>> users();
  Result<std::vector<storage::KeyRow>> keys();

  Result<std::vector<quota::Ban>> bans(WallTime now);
  // In the background; called on the path of a request.
  void write_ban(const quota::Ban& ban, bool lifted);

  std::string_view kind() const { return sqlite_ ? "sqlite" : "memory"; }
  // What the start found left over from a crash, for the log; empty if nothing.
  std::string recovery_report() const;

 private:
  std::unique_ptr<storage::SqliteStore> sqlite_;
  std::unique_ptr<storage::MemoryStore> memory_;
};

}  // namespace ktl::app

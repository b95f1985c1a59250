#pragma once
// What was used, out of the configured store, wherever it is, as the commands use it.
#include <memory>

#include "app/cli/context.h"
#include "config/config.h"
#include "ledger/usage_book.h"
#include "storage/identity_store.h"
#include "storage/redis/session.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::app {

class OpenUsage {
 public:
  OpenUsage() = default;
  explicit OpenUsage(std::unique_ptr<storage::SqliteFile> file);
  OpenUsage(std::unique_ptr<storage::redis::Session> session, const config::Storage& options);

  explicit operator bool() const { return book_ != nullptr; }
  ledger::UsageBook& book() const { return *book_; }
  storage::IdentityStore& identity() const { return file_ ? *file_ : *people_; }

 private:
  // Either a file, or a connection and the users and keys that it leads to.
  std::unique_ptr<storage::SqliteFile> file_;
  std::unique_ptr<storage::redis::Session> session_;
  std::unique_ptr<storage::IdentityStore> people_;
  std::unique_ptr<ledger::UsageBook> book_;
};

// True if the configured store keeps books that outlive the gateway; else prints that it does not.
bool keeps_books(const CommandContext& context, const config::Config& config);

// For reading. Prints why not and returns nothing otherwise.
OpenUsage open_usage(const CommandContext& context, const config::Config& config);

}  // namespace ktl::app

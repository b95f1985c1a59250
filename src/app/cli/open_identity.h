#pragma once
// Users and keys of the configured store, wherever it is, as the commands use them.
#include <memory>

#include "app/cli/context.h"
#include "config/config.h"
#include "storage/identity_store.h"
#include "storage/redis/session.h"

namespace ktl::app {

class OpenIdentity {
 public:
  OpenIdentity() = default;
  explicit OpenIdentity(std::unique_ptr<storage::IdentityStore> store,
                        std::unique_ptr<storage::redis::Session> session = nullptr)
      : session_(std::move(session)), store_(std::move(store)) {}

  explicit operator bool() const { return store_ != nullptr; }
  storage::IdentityStore& operator*() const { return *store_; }
  storage::IdentityStore* operator->() const { return store_.get(); }

 private:
  std::unique_ptr<storage::redis::Session> session_;  // that the store works over, if it is Redis
  std::unique_ptr<storage::IdentityStore> store_;
};

// For a change. Prints why not and returns nothing otherwise.
OpenIdentity open_identity(const CommandContext& context, const config::Config& config);

// For a listing: nothing without a word if there is no store yet. `failed` is set if there is one that cannot be read
// (told).
OpenIdentity open_identity_if_there(const CommandContext& context, const config::Config& config, bool& failed);

}  // namespace ktl::app

#pragma once
// The store as the commands use it, with failures said in the operator's language.
#include <memory>

#include "app/cli/context.h"
#include "base/result.h"
#include "config/config.h"
#include "storage/redis/session.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::app {

// Opens the configured file. Prints why not and returns nullptr otherwise.
std::unique_ptr<storage::SqliteFile> open_store(const CommandContext& context, const config::Config& config,
                                                storage::Access access);

// The store for a listing: nullptr without a word if there is no file yet. `failed` is set if there is one that cannot
// be read (told).
std::unique_ptr<storage::SqliteFile> open_store_if_there(const CommandContext& context, const config::Config& config,
                                                         bool& failed);

// A connection to the configured Redis. Prints why not and returns nullptr otherwise.
std::unique_ptr<storage::redis::Session> open_redis(const CommandContext& context, const config::Config& config);

// Prints the error; returns kFailed.
int report(const CommandContext& context, const Error& error);

}  // namespace ktl::app

#include "app/cli/open_usage.h"

#include <limits>

#include "app/cli/open_store.h"
#include "storage/redis/redis_identity.h"
#include "storage/redis/redis_usage_book.h"
#include "storage/sqlite/sqlite_usage_book.h"

namespace ktl::app {

OpenUsage::OpenUsage(std::unique_ptr<storage::SqliteFile> file)
    : file_(std::move(file)), book_(std::make_unique<storage::SqliteUsageBook>(*file_)) {}

// Whoever waits at a terminal may wait for all of it: it is read in small pages.
OpenUsage::OpenUsage(std::unique_ptr<storage::redis::Session> session, const config::Storage& options)
    : session_(std::move(session)) {
  const storage::redis::Functions functions(storage::redis::Keyspace(options.redis_prefix), {});
  people_ = std::make_unique<storage::redis::RedisIdentity>(*session_, functions);
  book_ =
      std::make_unique<storage::redis::RedisUsageBook>(*session_, functions, std::numeric_limits<std::size_t>::max());
}

bool keeps_books(const CommandContext& context, const config::Config& config) {
  if (config.storage.type != config::StorageType::memory) return true;
  context.err << context.say("이 명령은 storage.type: sqlite나 redis에서만 쓸 수 있습니다\n",
                             "this command needs storage.type: sqlite or redis\n");
  return false;
}

OpenUsage open_usage(const CommandContext& context, const config::Config& config) {
  if (!keeps_books(context, config)) return {};
  if (config.storage.type == config::StorageType::redis) {
    auto session = open_redis(context, config);
    return session ? OpenUsage(std::move(session), config.storage) : OpenUsage();
  }
  auto file = open_store(context, config, storage::Access::read_only);
  return file ? OpenUsage(std::move(file)) : OpenUsage();
}

}  // namespace ktl::app

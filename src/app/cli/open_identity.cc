#include "app/cli/open_identity.h"

#include "app/cli/open_store.h"
#include "storage/redis/redis_identity.h"

namespace ktl::app {
namespace {

OpenIdentity identity_in_redis(const CommandContext& context, const config::Config& config) {
  auto session = open_redis(context, config);
  if (!session) return {};
  const storage::redis::Functions functions(storage::redis::Keyspace(config.storage.redis_prefix), {});
  auto store = std::make_unique<storage::redis::RedisIdentity>(*session, functions);
  return OpenIdentity(std::move(store), std::move(session));
}

}  // namespace

OpenIdentity open_identity(const CommandContext& context, const config::Config& config) {
  if (config.storage.type == config::StorageType::redis) return identity_in_redis(context, config);
  return OpenIdentity(open_store(context, config, storage::Access::read_write));
}

OpenIdentity open_identity_if_there(const CommandContext& context, const config::Config& config, bool& failed) {
  if (config.storage.type != config::StorageType::redis)
    return OpenIdentity(open_store_if_there(context, config, failed));
  OpenIdentity store = identity_in_redis(context, config);
  failed = !store;
  return store;
}

}  // namespace ktl::app

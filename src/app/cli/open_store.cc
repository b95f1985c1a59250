#include "app/cli/open_store.h"

#include <filesystem>

#include "app/redis_options.h"

namespace ktl::app {

std::unique_ptr<storage::SqliteFile> open_store(const CommandContext& context, const config::Config& config,
                                                storage::Access access) {
  if (config.storage.type != config::StorageType::sqlite) {
    context.err << context.say("이 명령은 storage.type: sqlite에서만 쓸 수 있습니다\n",
                               "this command needs storage.type: sqlite\n");
    return nullptr;
  }
  auto file = storage::SqliteFile::open(config.storage.sqlite_path, access);
  if (file) return std::move(*file);
  report(context, file.error());
  return nullptr;
}

std::unique_ptr<storage::SqliteFile> open_store_if_there(const CommandContext& context, const config::Config& config,
                                                         bool& failed) {
  failed = false;
  if (config.storage.type != config::StorageType::sqlite) return nullptr;
  std::error_code ignored;
  if (!std::filesystem::exists(config.storage.sqlite_path, ignored)) return nullptr;
  auto file = open_store(context, config, storage::Access::read_only);
  failed = file == nullptr;
  return file;
}

std::unique_ptr<storage::redis::Session> open_redis(const CommandContext& context, const config::Config& config) {
  auto options = redis_session(config.storage);
  if (!options) {
    report(context, options.error());
    return nullptr;
  }
  options->client.name = "token-limiter-cli";
  auto session = storage::redis::Session::open(*options);
  if (session) return std::move(*session);
  report(context, session.error());
  return nullptr;
}

int report(const CommandContext& context, const Error& error) {
  context.err << context.say("실패: ", "failed: ") << error.message << "\n";
  return kFailed;
}

}  // namespace ktl::app

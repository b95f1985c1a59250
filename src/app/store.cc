#include "app/store.h"

#include <algorithm>

#include "app/management.h"
#include "app/redis_options.h"
#include "storage/redis/records.h"
#include "storage/sqlite/sqlite_usage_book.h"

namespace ktl::app {
namespace {

Result<std::unique_ptr<storage::redis::RedisStore>> open_redis(const config::Storage& options,
                                                               const config::RateLimiting& day) {
  auto session = redis_session(options);
  if (!session) return tl::unexpected(session.error());
  storage::redis::RedisStoreOptions redis;
  redis.url = std::move(session->url);
  redis.client = std::move(session->client);
  redis.prefix = options.redis_prefix;
  redis.outbox = options.outbox_path;
  redis.day = {.day_offset = day.day_offset, .rolling_day = day.rolling_day};
  redis.group_commit = options.group_commit;
  redis.alive_for = options.gateway_timeout;
  if (options.leases == config::Leases::automatic) redis.leases.emplace();
  redis.heartbeat = std::min(redis.heartbeat, options.gateway_timeout / 4);
  return storage::redis::RedisStore::open(std::move(redis));
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const config::Storage& options, const config::RateLimiting& day) {
  auto store = std::make_unique<Store>();
  switch (options.type) {
    case config::StorageType::memory: {
      store->memory_identity_ = std::make_unique<storage::MemoryIdentity>();
      auto usage = std::make_unique<storage::MemoryUsageBook>(*store->memory_identity_, day.day_offset);
      store->memory_ = std::make_unique<storage::MemoryStore>(usage.get());
      store->usage_ = std::move(usage);
      return store;
    }
    case config::StorageType::redis: {
      auto opened = open_redis(options, day);
      if (!opened) return tl::unexpected(opened.error());
      store->redis_ = std::move(*opened);
      return store;
    }
    case config::StorageType::sqlite:
      break;
  }
  storage::SqliteOptions sqlite;
  sqlite.path = options.sqlite_path;
  sqlite.group_commit = options.group_commit;
  sqlite.day_offset = day.day_offset;
  sqlite.retention = {.detail_days = options.detail_days, .ledger_days = options.ledger_days};
  auto opened = storage::SqliteStore::open(sqlite);
  if (!opened) return tl::unexpected(opened.error());
  store->sqlite_ = std::move(*opened);
  store->usage_ = std::make_unique<storage::SqliteUsageBook>(store->sqlite_->file());
  return store;
}

ledger::Journal& Store::journal() {
  if (redis_) return *redis_;
  if (sqlite_) return *sqlite_;
  return *memory_;
}

ledger::Books* Store::books() {
  if (redis_) return nullptr;
  if (sqlite_) return sqlite_.get();
  return memory_.get();
}

std::string_view Store::kind() const {
  return redis_ ? "redis" : sqlite_ ? "sqlite" : "memory";
}

storage::IdentityStore& Store::identity() {
  if (redis_) return redis_->identity();
  if (sqlite_) return sqlite_->file();
  return *memory_identity_;
}

Result<ScopeId> Store::scope(ScopeKind kind, std::string_view name) {
  const std::lock_guard lock(scopes_mutex_);
  const std::pair key(kind, std::string(name));
  if (const auto known = known_scopes_.find(key); known != known_scopes_.end()) return known->second;
  const auto number = identity().scope(kind, name);
  if (number) known_scopes_.emplace(key, *number);
  return number;
}

Result<std::vector<quota::Ban>> Store::bans(WallTime now) {
  std::vector<quota::Ban> bans;
  auto rows = identity().bans(now);
  if (!rows) return tl::unexpected(rows.error());
  for (auto& row : *rows) bans.push_back(ban_of(std::move(row)));
  return bans;
}

void Store::write_ban(const quota::Ban& ban, bool lifted) {
  const storage::BanRow row = row_of(ban);
  if (redis_) {
    const std::string record = storage::redis::record_of(row);
    redis_->write_later(redis_->functions().put(storage::redis::name_of_ban(row.scope), std::nullopt,
                                                lifted ? std::nullopt : std::optional<std::string_view>(record)));
  }
  if (!sqlite_) return;
  sqlite_->write_later(
      [row, lifted](storage::SqliteFile& file) { return lifted ? file.remove_ban(row.scope) : file.save_ban(row); });
}

std::string Store::recovery_report() const {
  if (redis_) return redis_->recovery_report();
  if (!sqlite_) return {};
  const storage::RecoveryReport& report = sqlite_->recovery();
  if (report.journal_missing)
    return "the journal beside the books is gone: if the gateway was not stopped in order, its last entries are lost";
  if (report.replayed == 0 && report.expired == 0) return {};
  return std::to_string(report.replayed) + " journal entries booked, " + std::to_string(report.expired) +
         " open reservations charged as reserved (" + std::to_string(report.expired_tokens) + " tokens)";
}

void Store::set_limits(ScopeId scope, const quota::Limits& limits) {
  redis_->set_limits(scope, limits);
}

void Store::watch(Watcher watcher) {
  redis_->on_reach(std::move(watcher.reach));
  redis_->on_stuck(std::move(watcher.stuck));
  redis_->on_change(
      [ban = std::move(watcher.ban), identity = std::move(watcher.identity)](const storage::redis::Change& change) {
        const auto scope = storage::redis::banned_scope(change.name);
        if (!scope) return identity();
        if (!change.value) return ban({.scope = *scope, .until = std::nullopt, .manual = false, .reason = {}}, true);
        if (auto row = storage::redis::ban_of(change.name, *change.value)) ban(ban_of(std::move(*row)), false);
      });
  redis_->start();
}

void Store::stop_watching() {
  redis_->stop();
}

}  // namespace ktl::app

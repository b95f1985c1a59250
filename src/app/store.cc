#include "app/store.h"

namespace ktl::app {
namespace {

// SQLite keeps an instant for every ban; "until lifted" is the last one.
constexpr WallTime kForever{Millis(std::int64_t{253'402'300'799'000})};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const config::Storage& options, Millis day_offset) {
  auto store = std::make_unique<Store>();
  switch (options.type) {
    case config::StorageType::memory: store->memory_ = std::make_unique<storage::MemoryStore>(); return store;
    case config::StorageType::redis:
      return fail(ErrorCode::invalid, ErrorSource::gateway, "storage.type redis is not supported by this version");
    case config::StorageType::sqlite: break;
  }
  storage::SqliteOptions sqlite;
  sqlite.path = options.sqlite_path;
  sqlite.group_commit = options.group_commit;
  sqlite.day_offset = day_offset;
  auto opened = storage::SqliteStore::open(sqlite);
  if (!opened) return tl::unexpected(opened.error());
  store->sqlite_ = std::move(*opened);
  return store;
}

ledger::Journal& Store::journal() {
  if (sqlite_) return *sqlite_;
  return *memory_;
}

ledger::Books& Store::books() {
  if (sqlite_) return *sqlite_;
  return *memory_;
}

Result<ScopeId> Store::scope(ScopeKind kind, std::string_view name) {
  return sqlite_ ? sqlite_->scope(kind, name) : memory_->scope(kind, name);
}

Result<std::vector<storage::UserRow>> Store::users() {
  if (!sqlite_) return std::vector<storage::UserRow>{};
  return sqlite_->file().users();
}

Result<std::vector<storage::KeyRow>> Store::keys() {
  if (!sqlite_) return std::vector<storage::KeyRow>{};
  return sqlite_->file().keys();
}

Result<std::vector<quota::Ban>> Store::bans(WallTime now) {
  std::vector<quota::Ban> bans;
  if (!sqlite_) return bans;
  auto rows = sqlite_->file().bans(now);
  if (!rows) return tl::unexpected(rows.error());
  for (auto& row : *rows) {
    quota::Ban ban{.scope = row.scope, .until = row.until, .manual = row.manual, .reason = row.reason};
    if (row.until >= kForever) ban.until = std::nullopt;
    bans.push_back(std::move(ban));
  }
  return bans;
}

void Store::write_ban(const quota::Ban& ban, bool lifted) {
  if (!sqlite_) return;
  const storage::BanRow row{
      .scope = ban.scope, .until = ban.until.value_or(kForever), .reason = ban.reason, .manual = ban.manual};
  sqlite_->write_later([row, lifted](storage::SqliteFile& file) {
    return lifted ? file.remove_ban(row.scope) : file.save_ban(row);
  });
}

std::string Store::recovery_report() const {
  if (!sqlite_) return {};
  const storage::RecoveryReport& report = sqlite_->recovery();
  if (report.replayed == 0 && report.expired == 0) return {};
  return std::to_string(report.replayed) + " journal entries booked, " + std::to_string(report.expired) +
         " open reservations charged as reserved (" + std::to_string(report.expired_tokens) + " tokens)";
}

}  // namespace ktl::app

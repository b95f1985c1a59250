#include "storage/sqlite/sqlite_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "storage/journal/file_lock.h"
#include "storage/sqlite/schema.h"

namespace ktl::storage {
namespace {

Result<void> migrate_alone(Database& database, const std::string& path) {
  const auto version = database.query_integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version == kSchemaVersion) return {};
  auto lock = *version > 0 ? FileLock::take(path + ".lock") : Result<FileLock>(tl::unexpected(Error{}));
  if (*version > 0 && *version < kSchemaVersion && !lock) return tl::unexpected(std::move(lock.error()));
  return migrate(database);
}

}  // namespace

Result<std::unique_ptr<SqliteFile>> SqliteFile::open(const std::string& path, Access access, Millis busy) {
  std::error_code error;
  if (access == Access::read_only && !std::filesystem::exists(path, error)) {
    return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no database at {}", path));
  }
  const auto folder = std::filesystem::path(path).parent_path();
  if (access == Access::read_write && !folder.empty()) std::filesystem::create_directories(folder, error);
  auto database = Database::open(path, access, busy);
  if (!database) return tl::unexpected(std::move(database.error()));
  auto ready = access == Access::read_only ? check_version(*database) : migrate_alone(*database, path);
  if (!ready) return tl::unexpected(std::move(ready.error()));
  return std::unique_ptr<SqliteFile>(new SqliteFile(std::move(*database), access));
}

}  // namespace ktl::storage

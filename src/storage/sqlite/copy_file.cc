#include "storage/sqlite/copy_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "storage/journal/file_system.h"

namespace ktl::storage {
namespace {

constexpr int kPagesAtOnce = 1024;  // 4 MiB

tl::unexpected<Error> failed(const char* what, const std::string& path, int error) {
  return fail(ErrorCode::io, ErrorSource::storage, fmt::format("{} {}: {}", what, path, std::strerror(error)));
}

}  // namespace

Result<void> copy_file(Database& from, const std::string& to, const Progress& progress) {
  remove_file(to);
  auto picture = Transaction::begin_read(from);
  if (!picture) return tl::unexpected(std::move(picture.error()));
  if (auto begun = from.query_integer("SELECT count(*) FROM sqlite_schema"); !begun)
    return tl::unexpected(begun.error());
  sqlite3* raw = nullptr;
  int code =
      sqlite3_open_v2(to.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> target(raw, sqlite3_close_v2);
  sqlite3_backup* backup = code == SQLITE_OK ? sqlite3_backup_init(raw, "main", from.handle(), "main") : nullptr;
  if (backup != nullptr) {
    while ((code = sqlite3_backup_step(backup, kPagesAtOnce)) == SQLITE_OK) {
      const int total = sqlite3_backup_pagecount(backup);
      if (progress) progress(total - sqlite3_backup_remaining(backup), total);
    }
    if (const int finished = sqlite3_backup_finish(backup); code == SQLITE_DONE) code = finished;
  } else if (code == SQLITE_OK) {
    code = sqlite3_errcode(raw);
  }
  if (code == SQLITE_OK) return {};
  return fail(ErrorCode::io, ErrorSource::storage, fmt::format("cannot copy to {}: {}", to, sqlite3_errstr(code)));
}

Result<void> make_single_file(Database& database) {
  auto mode = database.prepare("PRAGMA journal_mode=DELETE");
  if (!mode) return tl::unexpected(std::move(mode.error()));
  const Result<bool> row = mode->step();
  if (!row) return tl::unexpected(row.error());
  if (*row && mode->text(0) == "delete") return {};
  return fail(ErrorCode::unavailable, ErrorSource::storage, "somebody else has the new file open", Retry::yes);
}

Result<void> sync_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("cannot open", path, errno);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error == 0 ? Result<void>() : failed("cannot sync", path, error);
}

Result<void> rename_for_good(const std::string& from, const std::string& to) {
  RealFileSystem files;
  if (const int error = files.rename(from, to); error != 0) return failed("cannot rename", from, error);
  const auto folder = std::filesystem::path(to).parent_path().string();
  const int error = files.sync_directory(folder.empty() ? "." : folder);
  return error == 0 ? Result<void>() : failed("cannot sync the folder of", to, error);
}

void remove_file(const std::string& path) {
  for (const char* ending : {"", "-wal", "-shm", "-journal"}) ::unlink((path + ending).c_str());
}

}  // namespace ktl::storage

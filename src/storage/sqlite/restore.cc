#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "storage/journal/file_lock.h"
#include "storage/sqlite/backup.h"
#include "storage/sqlite/copy_file.h"
#include "storage/sqlite/schema.h"

namespace ktl::storage {
namespace {

namespace fs = std::filesystem;

constexpr Millis kBusy{5000};

// Are these our books at all? A file of any other program, or an empty one, is not.
Result<void> check_ours(Database& database, const std::string& path) {
  const auto tables = database.query_integer(
      "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN ('ledger', 'scope_sets', 'journal_position')");
  if (tables && *tables == 3) return {};
  return fail(ErrorCode::invalid, ErrorSource::storage, fmt::format("{} is not a backup of these books", path));
}

Result<void> check_integrity(Database& database) {
  auto check = database.prepare("PRAGMA integrity_check(1)");
  if (!check) return tl::unexpected(std::move(check.error()));
  const Result<bool> row = check->step();
  if (!row) return tl::unexpected(row.error());
  const std::string words = *row ? check->text(0) : std::string();
  if (words == "ok") return {};
  return fail(ErrorCode::invalid, ErrorSource::storage, fmt::format("the backup is damaged: {}", words));
}

// Copies `backup` to `copy`, brings it to this program's schema and checks it.
Result<Verification> checked_copy(const std::string& backup, const std::string& copy, Millis day_offset,
                                  const Progress& progress) {
  {
    auto source = Database::open(backup, Access::read_only, kBusy);
    if (!source) return tl::unexpected(std::move(source.error()));
    auto done = check_ours(*source, backup);
    if (done) done = copy_file(*source, copy, {});
    if (!done) return tl::unexpected(std::move(done.error()));
  }
  auto database = Database::open(copy, Access::read_write, kBusy);
  if (!database) return tl::unexpected(std::move(database.error()));
  auto done = check_integrity(*database);
  if (done) done = migrate(*database);
  if (!done) return tl::unexpected(std::move(done.error()));
  auto verified = verify_balances(*database, day_offset, progress);
  if (!verified) return verified;
  if (verified->wrong > 0)
    return fail(ErrorCode::conflict, ErrorSource::storage,
                fmt::format("{} of {} balances of the backup are not what its entries add up to", verified->wrong,
                            verified->balances));
  // A journal that is found beside the file must not be taken for its own.
  done = database->execute("DELETE FROM meta WHERE key='journal_id'");
  if (done) done = make_single_file(*database);
  if (!done) return tl::unexpected(std::move(done.error()));
  return verified;
}

Result<void> move_if_there(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::exists(from, error)) return {};
  return rename_for_good(from, to);
}

// The old file keeps its name until the new one takes it in a single step.
Result<void> swap_in(const std::string& copy, const std::string& path, const std::string& kept) {
  std::error_code error;
  if (fs::exists(path, error)) {
    if (auto old = Database::open(path, Access::read_write, kBusy))  // so that nothing is left in its write-ahead log
      static_cast<void>(old->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (::link(path.c_str(), kept.c_str()) != 0)
      return fail(ErrorCode::io, ErrorSource::storage, fmt::format("cannot keep the old file as {}", kept));
  }
  auto done = move_if_there(path + ".journal", kept + ".journal");
  if (done) done = move_if_there(path + "-wal", kept + "-wal");
  if (!done) return done;
  ::unlink((path + "-shm").c_str());
  return rename_for_good(copy, path);
}

}  // namespace

Result<RestoreReport> restore(const std::string& backup, const std::string& path, Millis day_offset, WallTime now,
                              const Progress& progress) {
  std::error_code error;
  if (!fs::exists(backup, error))
    return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no backup at {}", backup));
  if (fs::equivalent(backup, path, error))
    return fail(ErrorCode::conflict, ErrorSource::storage, fmt::format("{} is the file in use", backup));
  if (const auto folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder, error);
  auto lock = FileLock::take(path + ".lock");
  if (!lock) return tl::unexpected(std::move(lock.error()));

  const std::string copy = path + ".restoring";
  auto verified = checked_copy(backup, copy, day_offset, progress);
  Result<void> done;
  if (!verified) done = tl::unexpected(verified.error());
  if (done) done = sync_file(copy);
  RestoreReport report;
  if (done) {
    report.verification = std::move(*verified);
    const bool replaces = fs::exists(path, error);
    const std::string kept =
        fmt::format("{}.replaced-{:%Y%m%dT%H%M%S}Z", path, std::chrono::floor<std::chrono::seconds>(now));
    if (replaces && fs::exists(kept, error))
      done = fail(ErrorCode::conflict, ErrorSource::storage, fmt::format("{} exists already", kept));
    if (done) done = swap_in(copy, path, kept);
    if (replaces) report.replaced = kept;
  }
  if (!done) {
    remove_file(copy);
    return tl::unexpected(std::move(done.error()));
  }
  return report;
}

}  // namespace ktl::storage

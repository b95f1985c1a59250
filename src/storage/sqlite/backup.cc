#include "storage/sqlite/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "storage/journal/segment.h"
#include "storage/sqlite/copy_file.h"
#include "storage/sqlite/recovery.h"
#include "storage/sqlite/schema.h"

namespace ktl::storage {
namespace {

constexpr Millis kBusy{5000};

// The segments of a journal that another process may be writing to, oldest first. One that goes away meanwhile has been
// booked; the file that is read afterwards has its entries.
Result<std::vector<OldSegment>> load_journal(const std::string& directory) {
  std::vector<OldSegment> segments;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error), end;
  if (error) return segments;
  for (; entries != end; entries.increment(error)) {
    const std::string path = entries->path().string();
    if (!path.ends_with(".seg")) continue;
    auto segment = load_segment(path);
    if (segment)
      segments.push_back(std::move(*segment));
    else if (std::filesystem::exists(path, error))
      return tl::unexpected(std::move(segment.error()));
  }
  std::sort(segments.begin(), segments.end(),
            [](const OldSegment& a, const OldSegment& b) { return a.number < b.number; });
  return segments;
}

// Books into the copy what the journal had, and makes it books that no journal belongs to.
Result<std::uint64_t> complete(const std::string& copy, const std::vector<OldSegment>& segments, Millis day_offset,
                               WallTime now) {
  auto database = Database::open(copy, Access::read_write, kBusy);
  if (!database) return tl::unexpected(std::move(database.error()));
  const auto journal_id = database->query_integer("SELECT ifnull((SELECT value FROM meta WHERE key='journal_id'), 0)");
  if (!journal_id) return tl::unexpected(journal_id.error());
  RecoveryReport report;
  {
    auto bookkeeper = Bookkeeper::create(std::move(*database), day_offset);
    if (!bookkeeper) return tl::unexpected(std::move(bookkeeper.error()));
    auto position = (*bookkeeper)->position();
    if (!position) return tl::unexpected(std::move(position.error()));
    for (const OldSegment& segment : segments) {
      if (segment.number < position->segment || segment.journal_id != static_cast<std::uint64_t>(*journal_id)) continue;
      auto booked = book_segment(segment, **bookkeeper, now, *position, report);
      if (!booked) return tl::unexpected(std::move(booked.error()));
    }
  }
  database = Database::open(copy, Access::read_write, kBusy);
  if (!database) return tl::unexpected(std::move(database.error()));
  auto done = database->execute("DELETE FROM meta WHERE key='journal_id'");
  if (done) done = make_single_file(*database);
  if (!done) return tl::unexpected(std::move(done.error()));
  return report.replayed;
}

}  // namespace

Result<BackupReport> back_up(const std::string& path, const std::string& target, Millis day_offset, WallTime now,
                             const Progress& progress) {
  std::error_code error;
  if (std::filesystem::exists(target, error))
    return fail(ErrorCode::conflict, ErrorSource::storage, fmt::format("{} exists already", target));
  if (!std::filesystem::exists(path, error))
    return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no database at {}", path));
  const auto segments = load_journal(path + ".journal");  // before the file: nothing falls between the two
  if (!segments) return tl::unexpected(segments.error());
  const std::string partial = target + ".partial";
  Result<std::uint64_t> from_journal = [&]() -> Result<std::uint64_t> {
    auto source = Database::open(path, Access::read_only, kBusy);
    if (!source) return tl::unexpected(std::move(source.error()));
    auto done = check_version(*source);
    if (done) done = copy_file(*source, partial, progress);
    if (!done) return tl::unexpected(std::move(done.error()));
    return complete(partial, *segments, day_offset, now);
  }();
  Result<void> done;
  if (!from_journal) done = tl::unexpected(from_journal.error());
  if (done) done = sync_file(partial);
  if (done) done = rename_for_good(partial, target);
  if (!done) {
    remove_file(partial);
    return tl::unexpected(std::move(done.error()));
  }
  return BackupReport{static_cast<std::int64_t>(std::filesystem::file_size(target, error)), *from_journal};
}

}  // namespace ktl::storage

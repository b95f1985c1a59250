#include "storage/sqlite/recovery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "storage/journal/segment.h"

namespace ktl::storage {
namespace {

constexpr std::size_t kBatch = 16384;

// What is left of the journal begins where the books end, and has no hole.
Result<void> check_whole(const std::string& directory, std::span<const std::uint32_t> left, std::uint32_t next) {
  for (const std::uint32_t number : left) {
    if (number != next)
      return fail(ErrorCode::io, ErrorSource::storage,
                  fmt::format("journal segment {} is missing, and later ones are there: put it back, or move the later "
                              "ones away if what they hold may be lost",
                              segment_path(directory, next)));
    ++next;
  }
  return {};
}

}  // namespace

Result<void> book_segment(const OldSegment& old, Bookkeeper& bookkeeper, WallTime now, Position& position,
                          RecoveryReport& report) {
  Position begin = position;
  std::uint32_t slot = position.segment == old.number ? position.slot : 0;
  const auto end = static_cast<std::uint32_t>(old.records.size());
  std::vector<ledger::Entry> entries;
  for (bool done = false; !done;) {
    entries.clear();
    for (; slot < end && entries.size() < kBatch; ++slot) {
      const auto entry = checked_entry_of(old.records[slot], commit_word(old.number, slot));
      if (entry) entries.push_back(*entry);
      if (!entry && old.records[slot].commit != 0) ++report.torn;
    }
    done = slot >= end;
    const Position next = done ? Position{old.number + 1, 0} : Position{old.number, slot};
    if (auto booked = bookkeeper.book(entries, begin, next, now); !booked) return booked;
    report.replayed += entries.size();
    begin = next;
  }
  position = begin;
  return {};
}

Result<RecoveryReport> recover(const std::string& directory, std::uint64_t journal_id, Bookkeeper& bookkeeper,
                               WallTime now) {
  RecoveryReport report;
  const auto numbers = list_segments(directory);
  if (!numbers) return tl::unexpected(numbers.error());
  auto position = bookkeeper.position();
  if (!position) return tl::unexpected(std::move(position.error()));

  // Those before it were booked; only their removal was interrupted.
  const auto first_left = std::lower_bound(numbers->begin(), numbers->end(), position->segment);
  const std::span<const std::uint32_t> left(first_left, numbers->end());
  if (auto whole = check_whole(directory, left, std::max(position->segment, 1U)); !whole)
    return tl::unexpected(std::move(whole.error()));
  report.journal_missing = numbers->empty() && position->slot > 0;

  for (const std::uint32_t number : left) {
    const std::string path = segment_path(directory, number);
    const auto old = load_segment(path);
    if (!old) return tl::unexpected(old.error());
    if (old->journal_id != journal_id || old->number != number) {
      return fail(
          ErrorCode::conflict, ErrorSource::storage,
          fmt::format("journal segment {} belongs to another database: restore the file it was written with, or "
                      "move the segment away",
                      path));
    }
    if (auto booked = book_segment(*old, bookkeeper, now, *position, report); !booked) {
      return tl::unexpected(std::move(booked.error()));
    }
  }

  const std::uint32_t last = numbers->empty() ? 0 : numbers->back();
  report.first_segment = std::max(last + 1, std::max(position->segment, 1U));
  const auto expired = bookkeeper.expire_open(*position, {report.first_segment, 0}, now);
  if (!expired) return tl::unexpected(expired.error());
  report.expired = expired->charges;
  report.expired_tokens = expired->tokens;
  for (const std::uint32_t number : *numbers) ::unlink(segment_path(directory, number).c_str());
  return report;
}

}  // namespace ktl::storage
